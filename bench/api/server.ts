// An API in a process of its own over a database of its own, and what of the kernel's view of it is asked.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

export interface Place {
  readonly dbPath: string;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/** A folder for a database and the sockets of runs. */
export function createPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-bench-'));
  const dbPath = join(folder, 'flowforge.db');
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    XDG_STATE_HOME: folder,
    FLOWFORGE_DB_PATH: dbPath,
  };
  const stateDir = join(folder, 'flowforge');
  return { dbPath, stateDir, env, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Server {
  readonly pid: number;
  readonly port: number;
  end(): Promise<void>;
}

/** Starts `flowforge` with these arguments; settles when it says where it answers, or, for a run, when it is asked. */
export async function startServer({ env }: Place): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const said = await new Promise<string>((done, fail) => {
    child.stdout.setEncoding('utf8').once('data', done);
    child.once('close', () => fail(new Error('the API did not start')));
  });
  return {
    pid: child.pid ?? 0,
    port: Number(new URL((JSON.parse(said) as { url: string }).url).port),
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Memory of a process that is resident, in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
