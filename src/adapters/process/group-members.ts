// The members of a tree that no kernel mechanism holds together: everything ever seen below the leader, and
// everything that carries the run's id in its environment. Each is checked by pid and start time before any signal.

import type { SignalSent } from '../../core/event.ts';
import type { RunId } from '../../core/id.ts';
import type { Signal } from '../../core/run.ts';
import type { ProcStat } from './process.ts';
import { allPids, environmentValue, isAlive, readStat } from './process-table.ts';
import { walkTree } from './tree-walk.ts';

/** The variable that marks the processes of a run. */
export const RUN_ID_VARIABLE = 'FLOWFORGE_RUN_ID';

export class GroupMembers {
  readonly #runId: RunId;
  readonly #startTicks = new Map<number, number>();

  constructor(runId: RunId) {
    this.#runId = runId;
  }

  /** Remembers a process as a member, if it is there. */
  add(pid: number): void {
    const stat = readStat(pid);
    if (stat) this.#startTicks.set(pid, stat.startTicks);
  }

  /** Remembers a process that was just seen as a member. */
  remember({ pid, startTicks }: Pick<ProcStat, 'pid' | 'startTicks'>): void {
    this.#startTicks.set(pid, startTicks);
  }

  /** The members alive now. `sweep` also looks through the whole system for the run's id: dearer, and surer. */
  alive(sweep: boolean): ProcStat[] {
    if (sweep) for (const pid of this.#marked()) this.add(pid);
    for (const [pid, startTicks] of this.#startTicks) {
      if (!isAlive(pid, startTicks)) this.#startTicks.delete(pid);
    }
    const stats = walkTree([...this.#startTicks.keys()], true);
    for (const stat of stats) this.remember(stat);
    return stats;
  }

  /** Sends a signal to every member alive now that `isMeant`. */
  signal(signal: Signal, isMeant: (stat: ProcStat) => boolean = () => true): SignalSent[] {
    return this.alive(true)
      .filter(isMeant)
      .map((stat) => send(stat, signal));
  }

  #marked(): number[] {
    // An empty id would match every process that has none.
    if (this.#runId.length === 0) return [];
    return allPids().filter(
      (pid) => pid !== process.pid && environmentValue(pid, RUN_ID_VARIABLE) === this.#runId,
    );
  }
}

function send(stat: ProcStat, signal: Signal): SignalSent {
  const { pid } = stat;
  if (!isAlive(pid, stat.startTicks)) return { pid, signal, result: 'gone' };
  try {
    process.kill(pid, signal);
    return { pid, signal, result: 'sent' };
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    return { pid, signal, result: gone ? 'gone' : 'refused' };
  }
}
