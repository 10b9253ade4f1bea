// The bin: parses, runs one command, and turns what it came to into the end of the process.

import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { ERRORS, EXIT, FlowForgeError, isFlowForgeError } from '../core/error.ts';
import type { ExitStatus } from '../core/run.ts';
import { VERSION } from '../version.ts';
import type { Outcome } from './definitions/definition.ts';
import { buildProgram } from './program.ts';
import { printed, speech } from './terminal.ts';

const exited = (code: number): ExitStatus => ({ type: 'exited', code });

const noop = (): void => {};

/** Ends the process as `status` says: a signal ends us as it ended the command, so that a shell sees the same. */
function endProcess(status: ExitStatus): void {
  if (status.type === 'exited') {
    exitWhenSaid(status.code);
    return;
  }
  // Node ignores these from its start; that a listener has gone gives them their default back.
  if (status.signal === 'SIGPIPE' || status.signal === 'SIGXFSZ') process.on(status.signal, noop);
  process.removeAllListeners(status.signal);
  process.kill(process.pid, status.signal);
  // A signal that is ignored or blocked, or sent by a first process to itself, does not end us; the shell's number does.
  const numbers: Readonly<Record<string, number>> = constants.signals;
  setTimeout(() => process.exit(128 + (numbers[status.signal] ?? 0)), 1000);
}

/** Exits when what was printed has been taken: a reader that is slower than we are gets the rest as well. */
function exitWhenSaid(code: number): void {
  const { stdout } = process;
  const leave = (): never => process.exit(code);
  if (stdout.writableLength === 0 || stdout.destroyed) leave();
  // A reader that has gone takes nothing any more.
  stdout.once('error', leave).once('drain', leave);
}

function report(error: unknown): ExitStatus {
  if (error instanceof CommanderError) return exited(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  if (isFlowForgeError(error)) {
    speech().write(`flowforge: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
    return exited(ERRORS[error.code].exitCode);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  speech().write(`flowforge: ${text}\n  ${ERRORS.FF_INTERNAL.hint}\n`);
  return exited(EXIT.flowforgeFailed);
}

/** An answer that could not be written (a full disk) was not given. */
async function checkPrinted(status: ExitStatus): Promise<ExitStatus> {
  const failure = process.stdout.listenerCount('error') > 0 ? await printed() : null;
  if (failure === null) return status;
  throw new FlowForgeError('FF_OUTPUT', `cannot write the answer: ${failure}`);
}

function end(outcome: Outcome): void {
  outcome.then(checkPrinted).catch(report).then(endProcess, endProcess);
}

const program = buildProgram(VERSION, end, process.argv[2]);
const all = [program, ...program.commands.flatMap((it) => [it, ...it.commands])];
for (const command of all) {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(`flowforge: ${text.replace(/^error: /, '')}`),
  });
}
try {
  if (process.argv.length <= 2) program.help();
  program.parse();
} catch (error) {
  endProcess(report(error));
}
