// The end of a container: whatever its first process leaves behind, the kernel kills at once. So the first process
// sees to it that the other runs end before it does, in order and with their evidence.

import { isFirstProcess } from '../adapters/process/first-process.ts';
import type { Config } from '../config/config.ts';
import { LIMITS } from '../core/limits.ts';
import type { Narrator } from '../ports.ts';
import { listRuns, reachRun } from './runs.ts';

const LOOK_EVERY_MS = 50;
/** An order is answered when its intent is durable. */
const TOLD_WITHIN_MS = 2_000;

export interface Container {
  /** Settles when no other run is left in the container, or LIMITS.containerEndMs have passed; elsewhere at once. */
  end(): Promise<void>;
}

/**
 * Joins the container that this process is the first of, if it is. From the first SIGTERM on, which is how a container
 * is told to end, the other runs are told as well. To be called at the start.
 */
export function joinContainer(config: Config, narrator: Narrator, ownRunId?: string): Container {
  if (!isFirstProcess()) return { end: async () => {} };
  let ending: Promise<void> | null = null;
  const end = (reason: string): Promise<void> => {
    ending ??= stopOthers(config, { reason, narrator, ownRunId });
    return ending;
  };
  process.once('SIGTERM', () => void end('SIGTERM to the container'));
  return { end: () => end('the container ends') };
}

/** Stops every other run, those included that begin meanwhile, and waits until their supervisors are done. */
async function stopOthers(
  config: Config,
  {
    reason,
    narrator,
    ownRunId,
  }: { reason: string; narrator: Narrator; ownRunId?: string | undefined },
): Promise<void> {
  const told = new Set<string>();
  const silent = new Set<string>();
  const tell = async ({ runId }: { readonly runId: string }): Promise<void> => {
    const reply = await reachRun(config, runId, { operation: 'stop', reason }, TOLD_WITHIN_MS);
    if (reply !== 'silent') {
      told.add(runId);
      narrator.say(`stopping ${runId}: ${reason}`);
    } else if (!silent.has(runId)) {
      // It is told again at each look.
      silent.add(runId);
      narrator.say(`${runId} does not answer yet`);
    }
  };
  const until = performance.now() + LIMITS.containerEndMs;
  let left: readonly string[] = [];
  while (performance.now() < until) {
    const others = (await listRuns(config)).filter(({ runId }) => runId !== ownRunId);
    if (others.length === 0) return;
    left = others.map(({ runId }) => runId);
    await Promise.all(others.filter(({ runId }) => !told.has(runId)).map(tell));
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  narrator.say(`runs that have not ended in time: ${left.join(', ')}`);
}
