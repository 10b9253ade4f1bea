// Runs a command of the checkpoint to its end, never longer than it may take, with its output in a log. It has a
// process group of its own, so that ending it ends what it started.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { LIMITS } from '../core/limits.ts';

export interface BoundedCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** Where stdout goes instead of the log. */
  readonly stdoutPath?: string;
  readonly timeoutMs: number;
}

export interface CommandEnd {
  /** null: it could not be started, or a signal ended it. */
  readonly exitCode: number | null;
  readonly isTimedOut: boolean;
  readonly durationMs: number;
}

export interface RunningCommand {
  readonly ended: Promise<CommandEnd>;
  /** Asks its whole group to end, and kills it where it does not. */
  stop(): void;
  /** Sends a signal to its whole group. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a command. `ended` never rejects: what cannot be started ends with exit code null. */
export function startCommand(command: BoundedCommand): RunningCommand {
  const began = performance.now();
  const child = open(command);
  let isTimedOut = false;
  let insist: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (insist) return;
    signalGroup(child, 'SIGTERM');
    insist = setTimeout(() => signalGroup(child, 'SIGKILL'), LIMITS.pilotStopMs);
  };
  const timer = setTimeout(() => {
    isTimedOut = true;
    stop();
  }, command.timeoutMs);
  const ended = new Promise<CommandEnd>((resolve) => {
    const end = (exitCode: number | null): void => {
      clearTimeout(timer);
      if (insist) {
        clearTimeout(insist);
        // Its leader is gone; what it started and left goes as well.
        signalGroup(child, 'SIGKILL');
      }
      resolve({ exitCode, isTimedOut, durationMs: performance.now() - began });
    };
    child.once('exit', end);
    child.once('error', () => end(null));
  });
  return { ended, stop, signal: (signal) => signalGroup(child, signal) };
}

function open({ argv, cwd, environment, logPath, stdoutPath }: BoundedCommand): ChildProcess {
  const [program = '', ...args] = argv;
  const log = openSync(logPath, 'w', 0o600);
  const stdout = stdoutPath === undefined ? log : openSync(stdoutPath, 'w', 0o600);
  try {
    return spawn(program, args, {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', stdout, log],
    });
  } finally {
    closeSync(log);
    if (stdout !== log) closeSync(stdout);
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nothing is left of it.
  }
}
