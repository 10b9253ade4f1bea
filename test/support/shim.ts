// Runs the shim alone, as FlowForge would: over three sockets. FLOWFORGE_TEST_SHIM names another build of it.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { CopyReader, ReportReader, type ShimReport } from '../../src/adapters/process/shim-wire.ts';
import { shimPath } from '../../src/compose/installed.ts';
import { processesWith, until } from './processes.ts';

export const SHIM = process.env['FLOWFORGE_TEST_SHIM'] ?? shimPath();

export interface ShimOptions {
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the copies are read; else they fill up. */
  readonly readsCopies?: boolean;
  /** Keeps what the job prints to stdout. */
  readonly keepsOutput?: boolean;
}

export interface Shim {
  readonly child: ChildProcess;
  readonly lifeLine: Socket;
  readonly reports: ShimReport[];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What was printed, copied, and missed by the copy, of stdout. */
  readonly stdout: { text: string; bytes: number; copied: number; missed: number };
  order(line: string): void;
  /** Begins to read the copies. */
  readCopies(): void;
  /** Pids of the job's processes by a mark in its command line, which the shim's own holds as well until it ends. */
  left(mark: string): number[];
  /** The first report of a type, once it has come. */
  report<T extends ShimReport['type']>(type: T): Promise<Extract<ShimReport, { type: T }>>;
}

export function startShim(argv: readonly string[], options: ShimOptions = {}): Shim {
  const { flags = [], env = process.env, readsCopies = true, keepsOutput = true } = options;
  const child = spawn(SHIM, [...flags, '--', ...argv], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const [, , , lifeLine, copy, copyOfStderr] = child.stdio as unknown as Socket[];
  if (!lifeLine || !copy || !copyOfStderr) throw new Error('no sockets');
  const reports: ShimReport[] = [];
  const reader = new ReportReader();
  lifeLine.setEncoding('utf8').on('data', (text: string) => reports.push(...reader.read(text)));
  const stdout = { text: '', bytes: 0, copied: 0, missed: 0 };
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout.bytes += bytes.length;
    if (keepsOutput) stdout.text += bytes.toString('latin1');
  });
  child.stderr?.resume();
  const copies = new CopyReader(
    (bytes) => {
      stdout.copied += bytes.length;
    },
    (count) => {
      stdout.missed += count;
    },
  );
  for (const socket of [lifeLine, copy, copyOfStderr]) socket.on('error', () => {});
  const readCopies = (): void => {
    copy.on('data', (chunk: Buffer) => copies.read(chunk));
    copyOfStderr.resume();
  };
  if (readsCopies) readCopies();
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.once('close', (code, signal) => done({ code, signal }));
  });
  onTestFinished(() => void lifeLine.destroy());
  lifeLine.on('data', () => {
    // Like FlowForge: hangs up when all is said.
    if (reports.at(-1)?.type === 'end') setImmediate(() => lifeLine.destroy());
  });
  return {
    child,
    lifeLine,
    reports,
    ended,
    stdout,
    readCopies,
    order: (line) => void lifeLine.write(`${line}\n`),
    left: (mark) => processesWith(mark).filter((pid) => pid !== child.pid),
    async report(type) {
      const found = () => reports.find((it) => it.type === type);
      await until(() => found() !== undefined || lifeLine.closed, `“${type}”`);
      const report = found();
      if (!report) throw new Error(`ended without “${type}”: ${JSON.stringify(reports)}`);
      return report as Extract<ShimReport, { type: typeof type }>;
    },
  };
}
