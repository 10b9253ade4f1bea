// How fast the evidence is written, verified and read when there is much of it.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../../src/adapters/sqlite/event-writer.ts';
import { openForReading } from '../../src/adapters/sqlite/read-store.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import { countingIds } from '../../test/support/evidence.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { acknowledgedIn, timesIn, WRITER } from '../../test/support/traced-writer.ts';
import { chanceOf } from '../detection/random.ts';
import { type Figure, percentile, timedMs } from '../figure.ts';
import { fill, SCRIPT } from './fill.ts';

const WRITERS = 20;
const WRITES_EACH = 500;
const ASKED = 500;

export async function storeFigures(eventCount: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-bench-'));
  try {
    return [
      ...(await crowd(join(folder, 'crowd.db'))),
      ...large(join(folder, 'large.db'), eventCount),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const optionsOf = (path: string) => ({ path, clock: new FakeClock(), ids: countingIds });

/** Many processes that write one database at once. */
async function crowd(path: string): Promise<Figure[]> {
  openStore(optionsOf(path)).close();
  const run = promisify(execFile);
  const outputs = await Promise.all(
    Array.from({ length: WRITERS }, () =>
      run(process.execPath, [WRITER, path, String(WRITES_EACH)]).catch((error) => {
        process.stderr.write(`${error.stderr}\n`);
        return { stdout: String(error.stdout), stderr: String(error.stderr) };
      }),
    ),
  );
  const acknowledged = outputs.flatMap(({ stdout }) => acknowledgedIn(stdout));
  const { reader, close } = openForReading(optionsOf(path));
  const stored = new Set<string>();
  for (let page = reader.eventsAfter(0, 5_000); page.length > 0; ) {
    for (const { eventId } of page) stored.add(eventId);
    page = reader.eventsAfter(page.at(-1)?.seq ?? 0, 5_000);
  }
  close();
  const lost = WRITERS * WRITES_EACH - acknowledged.filter((id) => stored.has(id)).length;
  const times = outputs.flatMap(({ stdout }) => timesIn(stdout));
  const name = `${WRITERS} processes × ${WRITES_EACH} durable events`;
  return [
    { name: `${name}, lost`, value: lost, unit: '', must: { atMost: 0 } },
    {
      name: `${name}, errors`,
      value: outputs.filter(({ stderr }) => stderr !== '').length,
      unit: '',
      must: { atMost: 0 },
    },
    {
      name: `${name}, p99`,
      value: percentile(times, 0.99),
      unit: 'ms',
      must: { atMost: 250 },
      beside: `median ${percentile(times, 0.5)} ms, longest ${percentile(times, 1)} ms`,
    },
  ];
}

/** A database with years of evidence in it. */
function large(path: string, eventCount: number): Figure[] {
  fill(path, eventCount);
  const of = `${eventCount.toLocaleString('en')} events`;
  const line = 'x'.repeat(400);
  const hashMs = timedMs(() => {
    for (let n = 0; n < 200_000; n++) sha256(line);
  });
  let isSound = false;
  const verifyMs = timedMs(() => {
    isSound = verifyDatabase(path).ok;
  });
  if (!isSound) throw new Error('the database does not verify');
  const perSecond = eventCount / (verifyMs / 1000);
  const hashesPerSecond = 200_000 / (hashMs / 1000);
  const opening = Array.from({ length: 20 }, () =>
    timedMs(() => openStore(optionsOf(path)).close()),
  );
  return [
    {
      name: `verification of ${of}`,
      value: perSecond,
      unit: 'events/s',
      must: { atLeast: 200_000 },
      beside: `SHA-256 alone ${Math.round(hashesPerSecond).toLocaleString('en')}/s: ${(perSecond / hashesPerSecond).toFixed(2)} of it`,
    },
    ...reading(path, of, eventCount),
    { name: `open ${of}, p99`, value: percentile(opening, 0.99), unit: 'ms', must: { atMost: 50 } },
  ];
}

function reading(path: string, of: string, eventCount: number): Figure[] {
  const { reader, close } = openForReading(optionsOf(path));
  const chance = chanceOf(2);
  const pages = Array.from({ length: ASKED }, (_, n) => {
    const cursor = 1 + chance.below(eventCount);
    const type = ([undefined, 'incident', 'audit', 'decision'] as const)[n % 4];
    return timedMs(() => reader.timeline({ cursor, limit: 50, ...(type ? { type } : {}) }));
  });
  const chains = Array.from({ length: ASKED }, () => {
    const incidentId = `inc_${chance.below(Math.floor(eventCount / SCRIPT.length))}`;
    return timedMs(() => reader.timeline({ incidentId, limit: 500 }));
  });
  close();
  return [
    {
      name: `timeline page of ${of}, p99`,
      value: percentile(pages, 0.99),
      unit: 'ms',
      must: { atMost: 10 },
    },
    {
      name: `chain of an incident of ${of}, p99`,
      value: percentile(chains, 0.99),
      unit: 'ms',
      must: { atMost: 10 },
    },
  ];
}
