// The commands of operations: trying FlowForge on work, choosing its limits, drilling and releasing it.

import type { Command } from 'commander';
import { addOptions, flagsFrom, PLACE_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addOperating(program: Command, end: End): void {
  addPilot(program, end);
  addTune(program, end);
  addDrill(program, end);
  addCheckpoint(program, end);
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

function addTune(program: Command, end: End): void {
  const tune = program
    .command('tune')
    .description(
      'record workloads, replay them over a grid of profiles and limits, and recommend one',
    )
    .argument('[folder]', 'of the artifacts');
  example(tune, [
    'flowforge tune',
    'flowforge tune --runs last:20 --write',
    'flowforge tune --traces ./my-traces',
    'flowforge tune --recorded                # in seconds: runs nothing',
  ]);
  addOptions(tune, PLACE_OPTIONS)
    .option('--traces <folder>', 'replay these recorded runs only')
    .option('--recorded', 'record nothing: replay the runs that come with the checkout')
    .option('--record-for <duration>', 'how long each workload is recorded at most', '45s')
    .option('--runs <last:count>', 'your own latest runs as well, judged by their evidence')
    .option('--write', 'put what is recommended into flowforge.yaml, and show what changed')
    .option(...JSON_OPTION)
    .action((folder?: string) => {
      end(
        import('../commands/tune.ts').then((it) =>
          it.tuneCommand(folder, flagsFrom(tune), tune.opts()),
        ),
      );
    });
}

// The names stand here as well, so that `--help` loads nothing of what the commands do; tests compare them.
const DRILL_STEPS =
  'sigterm, api_kill, sigkill, shim_kill, write_kill, disk_full, api_process, restart_budget';
const CHECKPOINT_STEPS =
  'tracked-files, check, build, versions, bundle-size, documents, audit, demo, drill, detection, test';

function addDrill(program: Command, end: End): void {
  const drill = program
    .command('drill')
    .description('break FlowForge in every way it must survive, and prove that nothing is left')
    .argument('[folder]', 'of the artifacts');
  example(drill, ['flowforge drill', 'flowforge drill --only sigterm,sigkill']);
  drill
    .option('--only <steps>', `only these steps; several with commas: ${DRILL_STEPS}`)
    .option(...JSON_OPTION)
    .action((folder?: string) => {
      end(
        import('../commands/drill.ts').then((it) =>
          it.drillCommand(folder, flagsFrom(drill), drill.opts()),
        ),
      );
    });
}

function addCheckpoint(program: Command, end: End): void {
  const checkpoint = program
    .command('checkpoint')
    .description('say whether this checkout may be released: every gate, with its figures')
    .argument('[folder]', 'of the artifacts');
  example(checkpoint, [
    'flowforge checkpoint --keep-going',
    'flowforge checkpoint --only tracked-files,versions,audit',
  ]);
  checkpoint
    .option('--only <steps>', `only these steps; several with commas: ${CHECKPOINT_STEPS}`)
    .option('--keep-going', 'go on after a step that failed')
    .option(...JSON_OPTION)
    .action((folder?: string) => {
      end(
        import('../commands/checkpoint.ts').then((it) =>
          it.checkpointCommand(folder, flagsFrom(checkpoint), checkpoint.opts()),
        ),
      );
    });
}
