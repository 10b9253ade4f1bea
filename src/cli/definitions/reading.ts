// The commands that tell what happened, and the settings in force.

import type { Command } from 'commander';
import { ALL_OPTIONS, addOptions, flagsFrom, PLACE_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addReaders(program: Command, end: End): void {
  const incidents = program.command('incidents').description('what went wrong, newest first');
  example(incidents, ['flowforge incidents', 'flowforge incidents --limit 5 --json']);
  addOptions(incidents, PLACE_OPTIONS)
    .option('--limit <n>', 'at most so many', '20')
    .option('--run <run>', 'of this run only (id or name)')
    .option(...JSON_OPTION)
    .action(() => {
      end(
        import('../commands/incidents.ts').then((it) =>
          it.incidentsCommand(flagsFrom(incidents), incidents.opts()),
        ),
      );
    });

  const timeline = program
    .command('timeline')
    .description('everything that happened, newest first; of one run or incident, oldest first');
  example(timeline, [
    'flowforge timeline',
    'flowforge timeline --incident inc_0192…',
    'flowforge timeline --type audit --limit 100 --json',
  ]);
  addOptions(timeline, PLACE_OPTIONS)
    .option('--limit <n>', 'at most so many', '50')
    .option('--run <run>', 'of this run only (id or name)')
    .option('--incident <id>', 'of this incident only')
    .option('--type <type>', 'of this type only: incident, audit, decision or lifecycle')
    .option(...JSON_OPTION)
    .action(() => {
      end(
        import('../commands/timeline.ts').then((it) =>
          it.timelineCommand(flagsFrom(timeline), timeline.opts()),
        ),
      );
    });

  const config = program.command('config').description('the settings in force');
  example(config, ['flowforge config', 'flowforge config --origin', 'flowforge config --json']);
  addOptions(config, ALL_OPTIONS)
    .option('--origin', 'also say where each value comes from')
    .option(...JSON_OPTION)
    .action(() => {
      end(
        import('../commands/config.ts').then((it) =>
          it.configCommand(flagsFrom(config), config.opts()),
        ),
      );
    });

  const doctor = program
    .command('doctor')
    .description('what this machine allows, what is missing, and how to get it');
  example(doctor, ['flowforge doctor', 'flowforge doctor --json']);
  addOptions(doctor, [...PLACE_OPTIONS, 'port', 'bind-host'])
    .option(...JSON_OPTION)
    .action(() => {
      end(
        import('../commands/doctor.ts').then((it) =>
          it.doctorCommand(flagsFrom(doctor), doctor.opts()),
        ),
      );
    });
}
