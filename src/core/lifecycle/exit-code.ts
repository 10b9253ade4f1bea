// What `flowforge run` itself exits with: the child's own status unless FlowForge ended or failed the run.

import { EXIT } from '../error.ts';
import type { ExitStatus } from '../run.ts';
import type { Conclusion } from './state.ts';

const START_FAILURE = {
  'not-found': EXIT.commandNotFound,
  'not-executable': EXIT.notExecutable,
  failed: EXIT.flowforgeFailed,
} as const;

/**
 * The status to end with. 124: stopped by FlowForge or through it. 125: FlowForge could not do its work, a tree that
 * could not be emptied included. A signal sent to FlowForge itself ends it as it would have ended the child.
 */
export function exitStatusOf(conclusion: Conclusion): ExitStatus {
  const { order, exit, proof, startFailure, exitReason } = conclusion;
  if (startFailure) return { type: 'exited', code: START_FAILURE[startFailure] };
  const bySignalToUs = order !== null && order.signal !== null;
  if (order && !bySignalToUs) {
    const lost = proof === null || exitReason === 'EXTERNAL_KILL';
    return { type: 'exited', code: lost ? EXIT.flowforgeFailed : EXIT.stoppedByFlowForge };
  }
  return exit ?? { type: 'exited', code: EXIT.flowforgeFailed };
}

/** The numbers of the signals that commonly end a process; the same on every Linux. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

/** The number a shell shows for an exit status: its code, or 128 + n for a signal. */
export function shellStatus(exit: ExitStatus): number {
  return exit.type === 'exited' ? exit.code : 128 + (SIGNAL_NUMBERS[exit.signal] ?? 0);
}
