// The commands by name, what they take, and an example for each. What they do is loaded when one is called.

import { Command } from 'commander';
import type { ExitStatus } from '../core/run.ts';
import { ALL_OPTIONS, addOptions, flagsFrom, PLACE_OPTIONS } from './options.ts';

/** Settles when a command has done its work; says what the process ends with. */
export type Outcome = Promise<ExitStatus>;

/** Where the control sockets are. */
const CONTROL_PLACE = ['state-dir', 'config'] as const;

const JSON_OPTION = ['--json', 'answer in JSON'] as const;

/** Builds the whole command line. `end` takes what the command that was called came to. */
export function buildProgram(version: string, end: (outcome: Outcome) => void): Command {
  const program = new Command('flowforge')
    .description(
      'Guards long-running commands and AI-agent jobs: watches, recognises a runaway, stops it.',
    )
    .version(version)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .helpCommand(false);
  example(program, ['flowforge run -- python3 train.py', 'flowforge incidents', 'flowforge demo']);

  addRun(program, end);
  addDemo(program, end);
  addControls(program, end);
  addReaders(program, end);
  return program;
}

function addRun(program: Command, end: (outcome: Outcome) => void): void {
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
    .option('--json', 'say on stderr in JSON what happens, one object per line')
    .option('-q, --quiet', 'say nothing')
    .action((argv: string[]) => {
      end(
        import('./commands/run.ts').then((it) => it.runCommand(argv, flagsFrom(run), run.opts())),
      );
    });
}

function addDemo(program: Command, end: (outcome: Outcome) => void): void {
  const demo = program
    .command('demo')
    .description(
      'see it work: a runaway worker is detected and stopped, a healthy one takes its place',
    );
  example(demo, ['flowforge demo', 'flowforge demo --max-cpu 60 --json']);
  addOptions(demo, ['max-cpu', ...PLACE_OPTIONS])
    .option(...JSON_OPTION)
    .action(() => {
      end(import('./commands/demo.ts').then((it) => it.demoCommand(flagsFrom(demo), demo.opts())));
    });
}

function addControls(program: Command, end: (outcome: Outcome) => void): void {
  const status = program
    .command('status')
    .description('the runs that are alive, and how they are')
    .argument('[run]', 'id, beginning of an id, or name');
  example(status, ['flowforge status', 'flowforge status nightly --json']);
  addOptions(status, CONTROL_PLACE)
    .option(...JSON_OPTION)
    .action((run?: string) => {
      const flags = flagsFrom(status);
      end(import('./commands/status.ts').then((it) => it.statusCommand(run, flags, status.opts())));
    });

  const orders = [
    ['stop', 'stop a run and wait until nothing is left of it; a second time: by force'],
    ['restart', 'stop a run and start its command again, under the same guard'],
    ['pause', 'freeze the whole tree of a run (SIGSTOP)'],
    ['resume', 'let a paused run go on'],
  ] as const;
  for (const [operation, description] of orders) {
    const order = program
      .command(operation)
      .description(description)
      .argument('[run]', 'id, beginning of an id, or name; not needed where there is one run');
    example(order, [
      `flowforge ${operation}`,
      `flowforge ${operation} nightly --reason "out of time"`,
    ]);
    addOptions(order, CONTROL_PLACE)
      .option('--reason <text>', 'why, for the audit')
      .option(...JSON_OPTION)
      .action((run?: string) => {
        const flags = flagsFrom(order);
        end(
          import('./commands/status.ts').then((it) =>
            it.orderCommand(operation, run, flags, order.opts()),
          ),
        );
      });
  }
}

function addReaders(program: Command, end: (outcome: Outcome) => void): void {
  const incidents = program.command('incidents').description('what went wrong, newest first');
  example(incidents, ['flowforge incidents', 'flowforge incidents --limit 5 --json']);
  addOptions(incidents, PLACE_OPTIONS)
    .option('--limit <n>', 'at most so many', '20')
    .option('--run <run>', 'of this run only (id or name)')
    .option(...JSON_OPTION)
    .action(() => {
      end(
        import('./commands/incidents.ts').then((it) =>
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
        import('./commands/timeline.ts').then((it) =>
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
        import('./commands/config.ts').then((it) =>
          it.configCommand(flagsFrom(config), config.opts()),
        ),
      );
    });
}

function example(command: Command, lines: readonly string[]): void {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  const text = lines.map((line) => `  ${line}`).join('\n');
  command.addHelpText('before', `${title}:\n${text}\n`);
}
