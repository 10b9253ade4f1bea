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

/** Builds the whole command line. `end` takes what the command that was called came to. */
export function buildProgram(version: string, end: End): Command {
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
  addServe(program, end);
  addControls(program, end);
  addReaders(program, end);
  addReplay(program, end);
  addProving(program, end);
  addOperating(program, end);
  return program;
}
