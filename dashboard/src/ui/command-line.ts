// A command as it could be typed into a shell.

import { isSealed, SEALED } from '../wire/facts.ts';

export const commandLine = (argv: readonly string[]): string =>
  isSealed(...argv) ? SEALED : argv.map(quoted).join(' ');

/** The same, where there is little room: the program without the folders that lead to it. */
export const shortCommandLine = ([program = '', ...rest]: readonly string[]): string =>
  commandLine([program.slice(program.lastIndexOf('/') + 1), ...rest]);

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
