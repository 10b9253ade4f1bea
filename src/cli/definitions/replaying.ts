// The command that asks a policy again what it makes of a run.

import type { Command } from 'commander';
import { addOptions, flagsFrom, GUARDING_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addReplay(program: Command, end: End): void {
  const replay = program
    .command('replay')
    .description('what a policy would have done: of a recorded run, or of any text log')
    .argument('<file>', 'a trace (`run --record`), or a log; - for standard input');
  example(replay, [
    'flowforge replay run.trace --profile heavy',
    'flowforge replay train.log --rate 4 --cpu 100 --json',
  ]);
  addOptions(replay, GUARDING_OPTIONS)
    .option('--rate <lines>', 'for a log: lines per second it was printed at', '10')
    .option('--cpu <percent>', 'for a log: CPU the run used, in percent of one core', '100')
    .option('--to-the-end', 'go on after the stop, as if nothing had been done')
    .option(...JSON_OPTION)
    .action((file: string) => {
      const flags = flagsFrom(replay);
      end(
        import('../commands/replay.ts').then((it) => it.replayCommand(file, flags, replay.opts())),
      );
    });
}
