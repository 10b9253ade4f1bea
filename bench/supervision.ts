// What supervision costs and how well it counts: node bench/supervision.ts [seconds of idling].
//
// Beside each figure stands one of plain Node or a plain spawn, taken in turns with it, so that a busy machine shows.
// The CPU of a tree is compared with a cgroup's where one can be made (cpuacct, as root).

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { shimPath } from '../src/compose/installed.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist/main.js');
const SHIM = shimPath();
const CPUACCT = '/sys/fs/cgroup/cpuacct';
const IDLE_SECONDS = Number(process.argv[2] ?? 30);
const ROUNDS = 40;

const folder = mkdtempSync(join(tmpdir(), 'flowforge-bench-'));
const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: folder,
  XDG_STATE_HOME: join(folder, 'state'),
  FLOWFORGE_DB_PATH: join(folder, 'flowforge.db'),
};

try {
  await spawnCost();
  await accounting();
  await idling();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function spawnCost(): Promise<void> {
  const ways = {
    direct: () => ended(spawn('true', { stdio: 'ignore' })),
    shim: () => underShim(),
    node: () => ended(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })),
    run: () =>
      ended(spawn(process.execPath, [MAIN, 'run', '--', 'true'], { env, stdio: 'ignore' })),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const beganAt = performance.now();
      await way();
      times[name] = [...(times[name] ?? []), performance.now() - beganAt];
    }
  }
  const of = (name: string): number => median(times[name] ?? []);
  print(
    `spawn and end of true: direct ${ms(of('direct'))}, under the shim ${ms(of('shim'))}: adds ${ms(of('shim') - of('direct'))}`,
  );
  print(
    `flowforge run -- true ${ms(of('run'))}, node -e 0 ${ms(of('node'))}: ${(of('run') / of('node')).toFixed(2)}x`,
  );
}

function underShim(): Promise<void> {
  const shim = spawn(SHIM, ['--', 'true'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, , , lifeLine, ...copies] = shim.stdio;
  lifeLine?.on('data', (chunk: Buffer) => chunk.toString().endsWith('end\n') && lifeLine.destroy());
  for (const copy of copies) copy?.destroy();
  return ended(shim);
}

/** CPU of a tree as it was recorded, against the kernel's own account of it. */
async function accounting(): Promise<void> {
  const burn = (seconds: number): string => `perl -e '1 while (times)[0] < ${seconds}'`;
  const jobs = {
    'bash with children of 0.12 s': `for i in $(seq 25); do ${burn(0.12)}; done`,
    'double-forked burners': `for i in $(seq 25); do (setsid ${burn(0.12)} &) ; sleep 0.15; done; sleep 0.3`,
  };
  for (const [name, job] of Object.entries(jobs)) {
    const group = join(CPUACCT, `flowforge-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      print('CPU against a cgroup: none can be made here');
      return;
    }
    const database = join(folder, `${name.replaceAll(' ', '-')}.db`);
    const own = { ...env, FLOWFORGE_DB_PATH: database };
    const line = `echo $$ > ${group}/cgroup.procs; ${job}`;
    await ended(
      spawn(process.execPath, [MAIN, 'run', '--', 'bash', '-c', line], {
        env: own,
        stdio: 'ignore',
      }),
    );
    const truthMs = Number(readFileSync(join(group, 'cpuacct.usage'), 'utf8')) / 1e6;
    rmdirSync(group);
    const { stdout } = spawnSync(process.execPath, [MAIN, 'timeline', '--json', '--limit', '100'], {
      env: own,
      encoding: 'utf8',
    });
    const items = JSON.parse(stdout) as { event_type: string; evidence: { cpuMs?: number } }[];
    const seenMs = items.find((it) => it.event_type === 'attempt.ended')?.evidence.cpuMs ?? 0;
    print(
      `CPU of ${name}: ${ms(seenMs)} of the cgroup's ${ms(truthMs)}: ${((100 * seenMs) / truthMs).toFixed(1)} %`,
    );
  }
}

async function idling(): Promise<void> {
  const tree = 'for i in $(seq 19); do sleep 1000 & done; wait';
  const guard = spawn(process.execPath, [MAIN, 'run', '--', 'bash', '-c', tree], {
    env,
    stdio: 'ignore',
  });
  const plain = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await after(8);
  const [shim = 0] = readFileSync(`/proc/${guard.pid}/task/${guard.pid}/children`, 'utf8')
    .split(' ')
    .map(Number);
  const before = { guard: cpuMs(guard.pid), shim: cpuMs(shim), plain: cpuMs(plain.pid) };
  await after(IDLE_SECONDS);
  const share = (now: number, then: number): string =>
    `${((now - then) / (IDLE_SECONDS * 10)).toFixed(2)} %`;
  print(
    `idle over a tree of 20 for ${IDLE_SECONDS} s: FlowForge ${share(cpuMs(guard.pid), before.guard)} of a core, ${mb(guard.pid)}; plain node ${share(cpuMs(plain.pid), before.plain)}, ${mb(plain.pid)}`,
  );
  print(`the shim ${share(cpuMs(shim), before.shim)}, ${mb(shim)}`);
  plain.kill();
  guard.kill('SIGTERM');
  await ended(guard);
}

function cpuMs(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function mb(pid: number | undefined): string {
  const status = existsSync(`/proc/${pid}/status`)
    ? readFileSync(`/proc/${pid}/status`, 'latin1')
    : '';
  return `${(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toFixed(1)} MB`;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => child.once('exit', () => done()));
}

function after(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
