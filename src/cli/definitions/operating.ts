// The commands of operations: trying FlowForge on work, choosing its limits, drilling and releasing it.

import type { Command } from 'commander';
import { flagsFrom } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addOperating(program: Command, end: End): void {
  addPilot(program, end);
}

function addPilot(program: Command, end: End): void {
  const pilot = program
    .command('pilot')
    .description('run a file of cases (or a preset) under guard, and judge each by its evidence')
    .argument('[places...]', 'the pilot file (not with --preset), and the folder of the artifacts');
  example(pilot, [
    'flowforge pilot --preset week1',
    'flowforge pilot pilot_commands.txt --fail-on-mismatch --keep-going',
    'flowforge pilot pilot_commands.txt --shadow      # only see what would happen',
  ]);
  pilot
    .option('--preset <name>', 'the cases that come with FlowForge: week1')
    .option(
      '--case-timeout <duration>',
      'a case that takes longer is stopped, and has failed',
      '5m',
    )
    .option('--only <names>', 'only these cases; several with commas')
    .option('--jobs <count>', 'cases at the same time (1; of a preset 2)')
    .option('--fail-on-mismatch', 'end at the first case that is not as expected, with status 1')
    .option('--keep-going', 'run the other cases as well')
    .option('--resume', 'in the same folder: leave out what has passed')
    .option('--shadow', 'act on nothing, and say what would have been done')
    .option(...JSON_OPTION)
    .action((places: string[]) => {
      const flags = flagsFrom(pilot);
      end(
        import('../commands/pilot.ts').then((it) => it.pilotCommand(places, flags, pilot.opts())),
      );
    });
}
