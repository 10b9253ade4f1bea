// The commands by name, what they take, and an example for each. What they do is loaded when one is called.

import { Command } from 'commander';
import { addControls } from './definitions/controlling.ts';
import { type End, example } from './definitions/definition.ts';
import { addDemo, addRun } from './definitions/guarding.ts';
import { addOperating } from './definitions/operating.ts';
import { addProving } from './definitions/proving.ts';
import { addReaders } from './definitions/reading.ts';
import { addReplay } from './definitions/replaying.ts';
import { addServe } from './definitions/serving.ts';
import { addStarting } from './definitions/starting.ts';

/** Which commands a file of definitions adds. */
const DEFINITIONS: readonly {
  readonly commands: readonly string[];
  readonly add: (program: Command, end: End) => void;
}[] = [
  { commands: ['run'], add: addRun },
  { commands: ['demo'], add: addDemo },
  { commands: ['serve'], add: addServe },
  { commands: ['status', 'stop', 'restart', 'pause', 'resume'], add: addControls },
  { commands: ['incidents', 'timeline', 'config', 'doctor'], add: addReaders },
  { commands: ['replay'], add: addReplay },
  { commands: ['report', 'evidence', 'keys', 'prune', 'backup'], add: addProving },
  { commands: ['init', 'completion'], add: addStarting },
  { commands: ['pilot', 'tune', 'drill', 'checkpoint'], add: addOperating },
];

/**
 * Builds the command line. `end` takes what the command that was called came to. Where `called` names a command, only
 * what is defined beside it is built: the hundreds of options of the others would lengthen every start. Completion is of all.
 */
export function buildProgram(version: string, end: End, called?: string): Command {
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
  const isNeeded = (commands: readonly string[]): boolean =>
    called !== undefined && called !== 'completion' && commands.includes(called);
  const needed = DEFINITIONS.filter(({ commands }) => isNeeded(commands));
  for (const { add } of needed.length > 0 ? needed : DEFINITIONS) add(program, end);
  return program;
}
