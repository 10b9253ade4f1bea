// FlowForge killed at random instants of a run's life, from before its start to after its end.
// FLOWFORGE_LOST_ROUNDS=200 repeats it; FLOWFORGE_SEED chooses the instants.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHILDREN, createWorld, type World } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

const ROUNDS = Number(process.env['FLOWFORGE_LOST_ROUNDS'] ?? 12);
const SEED = Number(process.env['FLOWFORGE_SEED'] ?? 1);
/** Nothing may be left so long after the kill. */
const GONE_WITHIN_MS = 1000;
/** Longer than a run of the leaking command takes from its start to its end. */
const LIFE_MS = 900;

/** Instants in the order of the golden ratio: any number of them covers a life evenly. */
const instantMs = (round: number): number => LIFE_MS * (((round + SEED) * 0.618_033_988_749) % 1);

interface Item {
  readonly event_type: string;
  readonly run_id: string;
  readonly evidence: { readonly exitReason?: string };
}

const itemsOf = (world: World, type: string): Promise<Item[]> =>
  world
    .json<Item[]>('timeline', '--limit', '500')
    .then((items) => items.filter((it) => it.event_type === type));

let slowestMs = 0;

async function killAt(afterMs: number): Promise<'lost' | 'unrecorded' | 'ended'> {
  const world = createWorld();
  const mark = `lost-${process.pid}-${performance.now()}`;
  const leaks = ['python3', join(CHILDREN, 'leaks.py'), mark, '3'];
  const run = world.start(['run', '--grace', '100ms', '--', ...leaks]);
  await new Promise((done) => setTimeout(done, afterMs)); // the instant is the point
  run.child.kill('SIGKILL');
  const killedAt = performance.now();
  await until(() => processesWith(mark).length === 0, `killed after ${afterMs} ms`);
  const goneMs = performance.now() - killedAt;
  await run.finished;
  slowestMs = Math.max(slowestMs, goneMs);
  expect(goneMs).toBeLessThan(GONE_WITHIN_MS);

  for (let start = 0; start < 2; start++)
    expect((await world.run('run', '--', 'true')).code).toBe(0);
  const [started, ended] = [await itemsOf(world, 'run.started'), await itemsOf(world, 'run.ended')];
  // Every run that was recorded as begun has ended exactly once, however often FlowForge was started since.
  expect(ended.map((it) => it.run_id).sort()).toEqual(started.map((it) => it.run_id).sort());
  expect(new Set(ended.map((it) => it.run_id)).size).toBe(ended.length);
  if (started.length === 2) return 'unrecorded';
  const reasons = ended.map((it) => it.evidence.exitReason);
  expect(reasons.filter((it) => it === 'COMPLETED')).toHaveLength(2);
  return reasons.includes('SUPERVISOR_LOST') ? 'lost' : 'ended';
}

it(
  `kill -9 at ${ROUNDS} instants leaves nothing, and each lost run is closed exactly once`,
  async () => {
    const fates = { lost: 0, unrecorded: 0, ended: 0 };
    for (let round = 0; round < ROUNDS; round++) fates[await killAt(instantMs(round))]++;
    process.stderr.write(`${JSON.stringify({ ...fates, slowestMs: Math.round(slowestMs) })}\n`);
    expect(fates.lost).toBeGreaterThan(0);
  },
  30_000 + ROUNDS * 5000,
);
