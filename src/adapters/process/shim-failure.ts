// Why a command did not start, in words a person understands.

import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { SpawnOrder, TreeFact } from '../../ports.ts';
import type { StartStage } from './shim-wire.ts';

/** The fact of a start that failed at `stage`; errno 0: the shim was gone before it could say. */
export function startFailure(
  { stage, errno }: { readonly stage: StartStage; readonly errno: number },
  { command }: SpawnOrder,
): TreeFact {
  const { ENOENT, EACCES, ENOEXEC, EISDIR, ENOTDIR } = constants.errno;
  const [program] = command.argv;
  if (stage === 'exec' && errno === ENOENT) {
    const message = `command not found: ${program}`;
    return { type: 'spawn-failed', failure: 'not-found', message };
  }
  if (stage === 'exec' && [EACCES, ENOEXEC, EISDIR, ENOTDIR].includes(errno)) {
    const message = `not executable: ${program}`;
    return { type: 'spawn-failed', failure: 'not-executable', message };
  }
  const what = {
    exec: program,
    terminal: 'its terminal',
    isolation: 'its namespace',
    start: program,
  };
  const message =
    errno === 0
      ? 'the shim ended before the command began'
      : `${what[stage]}: ${getSystemErrorName(-errno)}`;
  return { type: 'spawn-failed', failure: 'failed', message };
}
