// Runs a command to its end and says what that took.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Bench } from './bench.ts';
import type { Reading } from './measure.ts';
import { cpuMs, named, nameOf } from './process-figures.ts';

const LOOK_EVERY_MS = 20;
/** What the system calls a process of Node: so is this one. */
const NODE = nameOf(process.pid);

/** Where a command's output goes: nowhere, through a pipe to a reader that drops it, or to a file. */
export type Sink = 'null' | 'pipe' | { readonly file: string };

const SINKS = { null: '"$@" >/dev/null', pipe: '"$@" | cat >/dev/null' } as const;

/**
 * Wall time of a command in ms. Of a Node process in it (FlowForge or another), its CPU time in percent of the wall
 * time is a figure: `Node CPU`.
 *
 * @throws Error when the command fails
 */
export async function timed(
  bench: Bench,
  argv: readonly string[],
  sink: Sink = 'null',
): Promise<Reading> {
  const line = typeof sink === 'string' ? SINKS[sink] : '"$@" >"$OUT"';
  const env = typeof sink === 'string' ? bench.env : { ...bench.env, OUT: sink.file };
  const beganAt = performance.now();
  const shell = spawn('bash', ['-c', `set -o pipefail; ${line}`, 'bash', ...argv], {
    env,
    cwd: bench.folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let nodeMs = 0;
  const looking = setInterval(() => {
    const node = named(shell.pid ?? 0, NODE);
    if (node !== undefined) nodeMs = Math.max(nodeMs, cpuMs(node));
  }, LOOK_EVERY_MS);
  const code = await exitOf(shell);
  clearInterval(looking);
  const wallMs = performance.now() - beganAt;
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}`);
  return {
    cost: wallMs,
    ...(nodeMs > 0 && { figures: { 'Node CPU, % of the wall time': (100 * nodeMs) / wallMs } }),
  };
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code));
  });
}

export const after = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits until `isSo`. @throws Error after 30 s */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 30_000; !isSo(); await after(LOOK_EVERY_MS))
    if (performance.now() > deadline) throw new Error(`not within 30 s: ${what}`);
}
