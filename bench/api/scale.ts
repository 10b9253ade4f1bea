// Many runs, and years of evidence: how fast a page of the timeline is answered.

import { listSockets, serveControl } from '../../src/adapters/control/socket.ts';
import type { ControlStatus } from '../../src/core/control.ts';
import { aRun } from '../../test/support/a-run.ts';
import { chanceOf } from '../detection/random.ts';
import { fill } from '../evidence/fill.ts';
import { type Figure, percentile } from '../figure.ts';
import { askOften } from './http.ts';
import { createPlace, startServer } from './server.ts';

const RUNS = 50;
const REQUESTS = 5_000;
const CONNECTIONS = 8;

export async function scaleFigures(eventCount: number): Promise<Figure[]> {
  const place = createPlace();
  fill(place.dbPath, eventCount);
  const runs = await Promise.all(
    Array.from({ length: RUNS }, (_, n) => {
      const status: ControlStatus = aRun(`run_${n}`);
      return serveControl(place.stateDir, status.runId, () => ({ version: 1, ok: true, status }));
    }),
  );
  if (listSockets(place.stateDir).length !== RUNS) throw new Error('the runs are not there');
  const server = await startServer(place);
  const chance = chanceOf(7);
  try {
    const much = { count: REQUESTS, connections: CONNECTIONS };
    await askOften(server.port, () => '/timeline', { ...much, count: 500 });
    const newest = await askOften(server.port, () => '/timeline', much);
    await new Promise((done) => setTimeout(done, 3_000)); // what one address may ask for is earned again
    const somewhere = () => `/timeline?cursor=${1 + chance.below(eventCount)}&limit=50`;
    const older = await askOften(server.port, somewhere, { count: 2_000, connections: 1 });
    const runsTold = await askOften(server.port, () => '/v1/runs', { count: 200, connections: 1 });
    const of = `${RUNS} runs, ${eventCount.toLocaleString('en')} events`;
    return [
      {
        name: `GET /timeline, ${CONNECTIONS} connections, ${of}`,
        value: newest.perSecond,
        unit: 'requests/s',
        must: { atLeast: 1_000 },
        beside: 'the server has one core, the client the other',
      },
      {
        name: 'the same, p99',
        value: percentile(newest.timesMs, 0.99),
        unit: 'ms',
        must: { atMost: 25 },
      },
      {
        name: 'a page from anywhere, p99',
        value: percentile(older.timesMs, 0.99),
        unit: 'ms',
        must: { atMost: 25 },
      },
      {
        name: `GET /v1/runs, each of ${RUNS} runs asked, p99`,
        value: percentile(runsTold.timesMs, 0.99),
        unit: 'ms',
        must: { atMost: 100 },
      },
      {
        name: 'answers other than 200',
        value: newest.failed + older.failed + runsTold.failed,
        unit: '',
        must: { atMost: 0 },
      },
    ];
  } finally {
    await server.end();
    for (const run of runs) run.close();
    place.remove();
  }
}
