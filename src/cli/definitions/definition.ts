// What every definition of a command uses: its example, how it ends, and the options that many share.

import type { Command } from 'commander';
import type { ExitStatus } from '../../core/run.ts';

/** Settles when a command has done its work; says what the process ends with. */
export type Outcome = Promise<ExitStatus>;

/** Takes what the command that was called came to. */
export type End = (outcome: Outcome) => void;

export const JSON_OPTION = ['--json', 'answer in JSON'] as const;

/** Help starts with an example. */
export function example(command: Command, lines: readonly string[]): void {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  const text = lines.map((line) => `  ${line}`).join('\n');
  command.addHelpText('before', `${title}:\n${text}\n`);
}
