// A healthy job that only says that it is alive leaves a small database: its whole day under the real supervisor,
// detector and store, on a clock that is moved.

import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { buildSupervisor } from '../support/build-supervisor.ts';
import { countingIds, scratch } from '../support/evidence.ts';

const DAY_SECONDS = 86_400;
const HEARTBEAT_SECONDS = 30;

it('a day of heartbeats is less than 5,000 rows', { timeout: 60_000 }, async () => {
  const place = scratch();
  const path = place.path('flowforge.db');
  const { clock, host, supervisor, said } = buildSupervisor({
    openLog: (it) => openStore({ path, clock: it, ids: countingIds }).log,
  });
  const result = supervisor.run();
  const tree = host.last;
  tree.cpuPercent = 1;
  tree.tell({ type: 'spawned', pid: 100, startTicks: 7 });
  for (let second = 0; second < DAY_SECONDS; second++) {
    if (second % HEARTBEAT_SECONDS === 0) tree.print(`${second} alive, ${second % 17} jobs done\n`);
    clock.advance(1_000);
  }
  tree.tell({ type: 'leader-exited', exit: { type: 'exited', code: 0 } });
  tree.tell({ type: 'emptied', proof: 'echild' });
  expect(await result).toMatchObject({ exit: { type: 'exited', code: 0 } });

  const handle = new DatabaseSync(path, { readOnly: true });
  const count = (sql: string) =>
    Number(handle.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.['n']);
  const rows = { events: count('events'), samples: count('samples') };
  const decisions = count("events WHERE type = 'decision.made'");
  handle.close();
  place.remove();
  expect(rows.events + rows.samples, JSON.stringify(rows)).toBeLessThan(5_000);
  expect(rows.samples).toBeGreaterThan(100);
  expect(decisions).toBeGreaterThan(0);
  expect(said).toEqual([]);
});
