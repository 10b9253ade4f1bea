// Ends what a supervisor that is gone has left behind. Nothing is signalled that is not proven to be of the run.

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignalSent } from '../../core/event.ts';
import type { RunId } from '../../core/id.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Clock, Leftovers } from '../../ports.ts';
import { GroupMembers } from './group-members.ts';
import { isAlive, readStat } from './process-table.ts';

const KILL_EVERY_MS = 5;
/** One empty look proves nothing about a tree that forks as it is looked at. */
const EMPTY_LOOKS = 3;

export function createLeftovers(stateDir: string, clock: Clock): Leftovers {
  return {
    isAlive: ({ pid, startTicks }) => isAlive(pid, startTicks),
    reap: (run) => reap(run, clock),
    once: (runId, work) => once(join(stateDir, 'run'), runId, work),
  };
}

async function reap(
  { runId, leaders }: Parameters<Leftovers['reap']>[0],
  clock: Clock,
): ReturnType<Leftovers['reap']> {
  const members = new GroupMembers(runId);
  for (const { pid, startTicks } of leaders) if (isAlive(pid, startTicks)) members.add(pid);
  const deadline = clock.monotonic() + LIMITS.emptyWaitMs;
  const signals: SignalSent[] = [];
  for (let emptyLooks = 0; emptyLooks < EMPTY_LOOKS && clock.monotonic() < deadline; ) {
    const sent = members.signal('SIGKILL');
    if (signals.length < LIMITS.signalsRecordedMax) signals.push(...sent);
    emptyLooks = sent.length === 0 ? emptyLooks + 1 : 0;
    await new Promise<void>((done) => clock.after(KILL_EVERY_MS, done));
  }
  return { signals, survivors: members.alive(true).map((stat) => stat.pid) };
}

/** A claim is a file that appears whole by a link and names its holder; the claim of a dead holder is void. */
async function once(folder: string, runId: RunId, work: () => Promise<void>): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const claim = join(folder, `${runId}.recovery`);
  const own = `${claim}.${process.pid}`;
  if (holderIsAlive(claim)) return;
  rmSync(claim, { force: true });
  writeFileSync(own, `${process.pid} ${readStat(process.pid)?.startTicks ?? 0}\n`, { mode: 0o600 });
  try {
    linkSync(own, claim);
  } catch {
    return; // another was faster
  } finally {
    rmSync(own, { force: true });
  }
  try {
    await work();
  } finally {
    rmSync(claim, { force: true });
  }
}

function holderIsAlive(claim: string): boolean {
  try {
    const [pid = 0, startTicks = 0] = readFileSync(claim, 'utf8').trim().split(' ').map(Number);
    return isAlive(pid, startTicks);
  } catch {
    return false;
  }
}
