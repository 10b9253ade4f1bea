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

/** The number a shell shows for an exit status: its code, or 128 + n for a signal. */
export function shellStatus(exit: ExitStatus, signalNumber: (name: string) => number): number {
  return exit.type === 'exited' ? exit.code : 128 + signalNumber(exit.signal);
}
