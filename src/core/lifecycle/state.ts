// What a supervised run can be in: what is wanted of it, and how far it has come. Two fields, never one.

import type { EmptyProof } from '../event.ts';
import type { ExitReason, ExitStatus } from '../run.ts';
import type { MonotonicMs } from '../time.ts';
import type { Order } from './order.ts';
import type { RestartLedger } from './restart-budget.ts';

export type Phase =
  | { readonly phase: 'idle' }
  /** The spawn was ordered; nothing has answered yet. */
  | { readonly phase: 'starting' }
  | { readonly phase: 'running' }
  /** The whole tree is stopped by SIGSTOP; it resumes on order. */
  | { readonly phase: 'paused' }
  /** The leader has exited by itself; a moment is given for the rest to go as well. */
  | { readonly phase: 'settling' }
  /** Asked to end; SIGKILL follows at the deadline. */
  | { readonly phase: 'stopping' }
  /** Being killed until nothing is left. */
  | { readonly phase: 'killing' }
  /** Nobody is left; the rest of the output goes to its reader, at the reader's pace. */
  | { readonly phase: 'draining' }
  /** Empty; the next attempt starts at the deadline. */
  | { readonly phase: 'waiting' }
  | { readonly phase: 'ended'; readonly conclusion: Conclusion };

export type PhaseName = Phase['phase'];

/** How a run came to its end. */
export interface Conclusion {
  readonly exitReason: ExitReason;
  readonly exit: ExitStatus | null;
  /** Who stopped it and why, where somebody did. */
  readonly order: Order | null;
  readonly reason: string;
  /** Null: the tree could not be shown to be empty. */
  readonly proof: EmptyProof | null;
  /** Exit status of a command that could not be started. */
  readonly startFailure: 'not-found' | 'not-executable' | 'failed' | null;
}

export type LifecycleState = Phase & {
  readonly wanted: 'up' | 'down';
  /** Number of the current attempt, 1 for the first; 0 before it. */
  readonly attempt: number;
  readonly startedAt: MonotonicMs | null;
  /** The order that stops this attempt: the first one wins. */
  readonly order: Order | null;
  /** A person's interrupt that was passed on to the tree, which decides itself what to make of it. */
  readonly interruptedBy: Order | null;
  /** How the leader of this attempt ended, once it has. */
  readonly leaderExit: ExitStatus | null;
  readonly restarts: RestartLedger;
};

/** A run nobody has started yet, with the restarts that count against its budget. */
export const initialState = (restarts: RestartLedger): LifecycleState => ({
  phase: 'idle',
  wanted: 'down',
  attempt: 0,
  startedAt: null,
  order: null,
  interruptedBy: null,
  leaderExit: null,
  restarts,
});
