// How long a start takes, against a Node that does nothing.

import { spawn } from 'node:child_process';
import { type Bench, guarded } from './bench.ts';
import { exitOf } from './command.ts';
import { type Measure, type Reading, US } from './measure.ts';

export const starting: readonly Measure[] = [
  start('start-run', '`flowforge run -- true`', 2, (bench) => guarded(bench, ['true'])),
  start('start-help', '`flowforge --help`', 1.8, ({ node, main }) => [node, main, '--help']),
  start('start-status', '`flowforge status --json`', 1.8, ({ node, main }) => [
    ...[node, main, 'status', '--json'],
  ]),
];

function start(
  id: string,
  work: string,
  ratioAtMost: number,
  argv: (bench: Bench) => string[],
): Measure {
  return {
    ...{ id, work, unit: 'ms', rounds: 25, reference: 'node -e 0', ratioAtMost },
    async ways(bench) {
      // The first start fills the cache of compiled code and makes the database.
      await timed(bench, argv(bench));
      return [
        { name: 'node -e 0', run: () => timed(bench, [bench.node, '-e', '0']) },
        { name: US, run: () => timed(bench, argv(bench)) },
      ];
    },
  };
}

async function timed({ env, folder }: Bench, argv: readonly string[]): Promise<Reading> {
  const [command = '', ...rest] = argv;
  const beganAt = performance.now();
  const code = await exitOf(spawn(command, rest, { env, cwd: folder, stdio: 'ignore' }));
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}`);
  return { cost: performance.now() - beganAt };
}
