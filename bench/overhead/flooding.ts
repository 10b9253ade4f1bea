// `yes` into nothing: what a flood costs its guard, for each gigabyte that the job got rid of.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Bench, guarded } from './bench.ts';
import { after, exitOf, until } from './command.ts';
import { type Measure, type Reading, US, type Way } from './measure.ts';
import { cpuMs, memoryOf, named, nameOf, writtenBytes } from './process-figures.ts';

const FLOOD_MS = 20_000;
const GROWTH = 'growth of RSS, MB';

export const flooding: Measure = {
  id: 'flood',
  work: '`yes` for 20 s',
  unit: 'ms of CPU per GB',
  rounds: 1,
  reference: 'cat',
  ratioAtMost: null,
  bounds: [{ figure: GROWTH, atMost: 20 }],
  ways: (bench) => [
    { name: 'cat', run: () => flood(bench, ['sh', '-c', 'yes | cat'], 'cat') },
    ...pm2Ways(bench),
    ...supervisordWays(bench),
    { name: US, run: () => flood(bench, guarded(bench, ['yes']), nameOf(process.pid)) },
  ],
};

/** `guardName` is what the system calls the process whose cost is asked for. */
async function flood(bench: Bench, argv: readonly string[], guardName: string): Promise<Reading> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, {
    ...{ env: bench.env, cwd: bench.folder, stdio: 'ignore' },
    detached: true,
  });
  const find = (name: string): number | undefined => named(child.pid ?? 0, name);
  await until(() => find('yes') !== undefined, 'yes at work');
  const reading = await duringFlood(bench, find(guardName) ?? 0, find('yes') ?? 0);
  // All of a pipeline, not only the shell that made it.
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  await exitOf(child);
  return reading;
}

async function duringFlood(bench: Bench, guard: number, yes: number): Promise<Reading> {
  await after(1_000);
  const before = { cpu: cpuMs(guard), bytes: writtenBytes(yes), rss: memoryOf(guard).rss };
  await after(FLOOD_MS * bench.scale);
  const gigabytes = (writtenBytes(yes) - before.bytes) / 1e9;
  const usedMs = cpuMs(guard) - before.cpu;
  return {
    cost: usedMs / gigabytes,
    figures: {
      'CPU, % of a core': (usedMs / (FLOOD_MS * bench.scale)) * 100,
      'GB/s': gigabytes / ((FLOOD_MS * bench.scale) / 1000),
      [GROWTH]: (memoryOf(guard).rss - before.rss) / 1e6,
    },
  };
}

function pm2Ways(bench: Bench): Way[] {
  const { pm2 } = bench.peers;
  if (!pm2) return [];
  const env = { ...bench.env, PM2_HOME: bench.path('pm2-flood') };
  const call = (...args: string[]) =>
    spawnSync(bench.node, [pm2, ...args], { env, stdio: 'ignore' });
  return [
    {
      name: 'PM2',
      async run() {
        call(
          'start',
          '/usr/bin/yes',
          '--interpreter',
          'none',
          '--name',
          'yes',
          '-o',
          '/dev/null',
          '-e',
          '/dev/null',
        );
        const daemon = Number(readFileSync(bench.path('pm2-flood/pm2.pid'), 'utf8'));
        await until(() => named(daemon, 'yes') !== undefined, 'yes at work under PM2');
        const reading = await duringFlood(bench, daemon, named(daemon, 'yes') ?? 0);
        call('kill');
        return reading;
      },
    },
  ];
}

function supervisordWays(bench: Bench): Way[] {
  const { supervisord } = bench.peers;
  if (!supervisord) return [];
  return [
    {
      name: 'supervisord',
      async run() {
        const file = bench.path('supervisord.conf');
        writeFileSync(
          file,
          `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${bench.path('supervisord.pid')}\n[program:yes]\ncommand=/usr/bin/yes\nstdout_logfile=${bench.path('yes.log')}\n`,
        );
        const child = spawn(supervisord, ['-c', file], { env: bench.env, stdio: 'ignore' });
        const pid = child.pid ?? 0;
        await until(() => named(pid, 'yes') !== undefined, 'yes at work under supervisord');
        const reading = await duringFlood(bench, pid, named(pid, 'yes') ?? 0);
        child.kill('SIGTERM');
        await exitOf(child);
        return reading;
      },
    },
  ];
}
