// The commands that guard: run and demo.

import type { Command } from 'commander';
import { ALL_OPTIONS, addOptions, flagsFrom, PLACE_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addRun(program: Command, end: End): void {
  const run = program
    .command('run')
    .usage('[options] -- <command> [arguments...]')
    .description('run a command under guard')
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions();
  example(run, [
    'flowforge run -- python3 train.py',
    'flowforge run --profile heavy --max-memory 4GB --restart on-failure -- npm run agent',
    'flowforge run --no-kill --name nightly -- make -j8      # only watch',
  ]);
  addOptions(run, ALL_OPTIONS)
    .option(
      '--record <file>',
      'write a trace of the run with its text, secrets taken out, for `replay`',
    )
    .option('--json', 'say on stderr in JSON what happens, one object per line')
    .option('-q, --quiet', 'say nothing')
    .action((argv: string[]) => {
      end(
        import('../commands/run.ts').then((it) => it.runCommand(argv, flagsFrom(run), run.opts())),
      );
    });
}

export function addDemo(program: Command, end: End): void {
  const demo = program
    .command('demo')
    .description(
      'see it work: a runaway worker is detected and stopped, a healthy one takes its place',
    );
  example(demo, ['flowforge demo', 'flowforge demo --max-cpu 60 --json']);
  addOptions(demo, ['max-cpu', ...PLACE_OPTIONS])
    .option(...JSON_OPTION)
    .action(() => {
      end(import('../commands/demo.ts').then((it) => it.demoCommand(flagsFrom(demo), demo.opts())));
    });
}
