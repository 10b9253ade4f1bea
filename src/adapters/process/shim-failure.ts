// Why a command could not be started, from what the shim was told by the kernel.

import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import type { SpawnOrder, TreeFact } from '../../ports.ts';
import type { ShimStage } from './shim-wire.ts';

const { ENOENT, EACCES, ENOEXEC, EISDIR, ENOTDIR } = constants.errno;

/** The fact that tells of a failed start; `failed` is null when the shim said nothing before it ended. */
export function startFailure(
  { command }: SpawnOrder,
  failed: { readonly stage: ShimStage; readonly errno: number } | null,
): TreeFact {
  const [program] = command.argv;
  if (failed === null) return failure('failed', 'the shim ended before the command began');
  const { stage, errno } = failed;
  const reason = getSystemErrorMessage(-errno);
  if (stage === 'isolation') {
    return failure('failed', `a PID namespace is not to be had here (--isolate): ${reason}`);
  }
  if (stage !== 'exec') return failure('failed', `${program}: ${reason}`);
  if (errno === ENOENT) return failure('not-found', `command not found: ${program}`);
  if ([EACCES, ENOEXEC, EISDIR, ENOTDIR].includes(errno)) {
    return failure('not-executable', `not executable: ${program}`);
  }
  return failure('failed', `${program}: ${reason}`);
}

const failure = (
  kind: Extract<TreeFact, { type: 'spawn-failed' }>['failure'],
  message: string,
): TreeFact => ({ type: 'spawn-failed', failure: kind, message });
