// Interleavings under fast-check's scheduler: who acts next is drawn at random, and a failure prints the seed and the
// order. RACE_RUNS says how many, RACE_SEED which; `npm run test:race` takes 10,000 of each property.

import { existsSync } from 'node:fs';
import fc from 'fast-check';

export const RUNS = Number(process.env['RACE_RUNS'] ?? 300);
export const SEED = Number(process.env['RACE_SEED'] ?? Date.now() % 2 ** 31);

// A disk in memory, where there is one: what survives a power cut is tested elsewhere, here it is only slow.
const MEMORY = '/dev/shm';
if (existsSync(MEMORY)) process.env['TMPDIR'] = MEMORY;
if (RUNS >= 10_000) process.stdout.write(`races: ${RUNS} interleavings each, RACE_SEED=${SEED}\n`);

/** Time of one property in vitest. */
export const TIMEOUT_MS = 30_000 + 60 * RUNS;

/** What one party does, step after step; between two steps others may act. */
export type Actor = readonly (readonly [label: string, act: () => unknown])[];

/** Lets the actors act in an order of the scheduler's, until all are done. */
export async function interleave(scheduler: fc.Scheduler, actors: readonly Actor[]): Promise<void> {
  const acting = actors.map(async (actor) => {
    for (const [label, act] of actor) {
      await scheduler.schedule(Promise.resolve(), label);
      await act();
    }
  });
  await scheduler.waitFor(Promise.all(acting));
}

/** Holds in every interleaving; throws with seed and order where it does not. */
export async function holds(property: (scheduler: fc.Scheduler) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.scheduler(), property), { numRuns: RUNS, seed: SEED });
}

/** Whether some interleaving breaks it. */
export async function breaks(
  property: (scheduler: fc.Scheduler) => Promise<void>,
): Promise<boolean> {
  const options = { numRuns: Math.max(RUNS, 300), seed: SEED, endOnFailure: true };
  const { failed } = await fc.check(fc.asyncProperty(fc.scheduler(), property), options);
  return failed;
}
