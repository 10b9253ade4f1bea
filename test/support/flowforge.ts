// Runs the built FlowForge as a user does, in a world of its own: its own state, database and working directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
export const MAIN = join(ROOT, 'dist/main.js');
export const DEMO = join(ROOT, 'demo');
export const CHILDREN = join(ROOT, 'test/fixtures/children');

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Settles when stdout and stderr together hold the text. */
  seen(text: string): Promise<void>;
}

export interface StartOptions {
  /** What stands on its stdin; nothing, where it is absent. */
  readonly input?: string;
  /** Leaves stdin open, to be ended by the test. */
  readonly holdInput?: boolean;
  readonly cwd?: string;
  /** What it is started by instead of the world's command. */
  readonly by?: readonly [string, ...string[]];
  /** Lets its stdout go nowhere, as fast as it comes. */
  readonly discardOutput?: boolean;
}

export interface World {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs FlowForge to its end. */
  run(...args: string[]): Promise<Finished>;
  /** Starts FlowForge. */
  start(args: readonly string[], options?: StartOptions): Running;
  /** What a `--json` command answers. */
  json<T>(...args: string[]): Promise<T>;
}

/** Calls what it is given when a world is over. */
export type WhenOver = (end: () => void) => void;

/** How the FlowForge of this checkout is called. */
const BUILT = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN] as const;

/**
 * A world that is gone after the test (or when else it is told to be); of another user, where a uid is given; of another
 * FlowForge than this checkout's, where its `command` is.
 */
export function createWorld(
  env: NodeJS.ProcessEnv = {},
  uid: number | null = null,
  whenOver: WhenOver = onTestFinished,
  command: readonly [string, ...string[]] = BUILT,
): World {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-test-'));
  if (uid !== null) chownSync(folder, uid, uid);
  whenOver(() => rmSync(folder, { recursive: true, force: true }));
  const full: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    FLOWFORGE_DB_PATH: join(folder, 'evidence', 'flowforge.db'),
    FLOWFORGE_API: 'false',
    ...env,
  };
  const start: World['start'] = (
    args,
    { input, holdInput = false, cwd = folder, by = command, discardOutput = false } = {},
  ) => {
    const [file, ...words] = by;
    const child = spawn(file, [...words, ...args], {
      cwd,
      env: full,
      ...(uid === null ? {} : { uid, gid: uid }),
      stdio: [
        input === undefined && !holdInput ? 'ignore' : 'pipe',
        discardOutput ? 'ignore' : 'pipe',
        'pipe',
      ],
    });
    if (input !== undefined) child.stdin?.end(input);
    return follow(child, whenOver);
  };
  const run: World['run'] = (...args) => start(args).finished;
  return {
    folder,
    env: full,
    start,
    run,
    async json(...args) {
      const { stdout, stderr, code } = await run(...args, '--json');
      if (code !== 0) throw new Error(`flowforge ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
  };
}

function follow(child: ChildProcess, whenOver: WhenOver): Running {
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const heard = (): void => {
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const finished = new Promise<Finished>((done) => {
    child.once('close', (code, signal) => done({ stdout, stderr, code, signal }));
  });
  whenOver(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  const seen = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (!stdout.includes(text) && !stderr.includes(text)) return;
        waiting.delete(look);
        done();
      };
      waiting.add(look);
      look();
      void finished.then(() => fail(new Error(`ended without “${text}”: ${stdout}${stderr}`)));
    });
  return { child, finished, seen };
}
