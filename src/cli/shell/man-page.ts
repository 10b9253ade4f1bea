// The manual page, made from the definitions of the commands. man/flowforge.1 is what this makes.

import type { Command } from 'commander';

/** Statuses that other parts of the documentation explain at length. */
const STATUSES: readonly (readonly [string, string])[] = [
  ['0', 'It worked; of run: the command ended with 0.'],
  ['1', 'It failed.'],
  ['2', 'The command line or the configuration is wrong.'],
  ['3', 'Not ready.'],
  ['4', 'A verification failed.'],
  ['5', 'There is no such run, incident or event.'],
  ['124', 'run: FlowForge stopped the command.'],
  ['125', 'run: FlowForge itself failed.'],
  ['126', 'run: the command is not executable.'],
  ['127', 'run: the command was not found.'],
];

/** The page in the language of man(7). */
export function manPage(program: Command): string {
  return `${[
    '.TH FLOWFORGE 1 "" "FlowForge" "User Commands"',
    '.SH NAME',
    'flowforge \\- a guardrail for long\\-running commands and AI\\-agent jobs',
    '.SH SYNOPSIS',
    '.B flowforge run',
    '[\\fIoptions\\fR] \\fB\\-\\-\\fR \\fIcommand\\fR [\\fIargument\\fR ...]',
    '.br',
    '.B flowforge',
    '\\fIcommand\\fR [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    text(
      'Starts a command, watches its whole process tree and its output, recognises a runaway, intervenes, leaves no process behind, and keeps the evidence.',
    ),
    '.SH EXAMPLES',
    '.nf',
    ...[
      'flowforge run -- python3 train.py',
      'flowforge run --profile heavy --max-memory 4GB -- npm run agent',
      'flowforge incidents',
      'flowforge report',
    ].map(text),
    '.fi',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => section(command)),
    '.SH EXIT STATUS',
    'A command under guard keeps its own status. Otherwise:',
    ...STATUSES.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, text(meaning)]),
    '.SH FILES',
    '.TP',
    '.I flowforge.yaml',
    text(
      'Settings, in the working directory or above it, then in ~/.config/flowforge, then in /etc/flowforge.',
    ),
    '.TP',
    '.I $XDG_STATE_HOME/flowforge/flowforge.db',
    text('The evidence, where no other place is named. Any SQLite client reads it.'),
    '.SH ENVIRONMENT',
    text(
      'Every setting has a variable: FLOWFORGE_ and its name in capitals, such as FLOWFORGE_MAX_CPU. FLOWFORGE_API_KEY and FLOWFORGE_MASTER_KEY hold the keys, or FLOWFORGE_API_KEY_FILE and FLOWFORGE_MASTER_KEY_FILE name files that do.',
    ),
    '.SH SEE ALSO',
    '.BR timeout (1),',
    '.BR sqlite3 (1)',
  ].join('\n')}\n`;
}

function section(command: Command, prefix = ''): readonly string[] {
  const name = `${prefix}${command.name()}`;
  const options = command.options.flatMap((option) => [
    '.TP',
    `.B ${text(option.flags)}`,
    text(option.description),
  ]);
  return [
    `.SS ${text(name)}`,
    text(sentence(command.description())),
    ...options,
    ...command.commands.flatMap((child) => section(child, `${name} `)),
  ];
}

const sentence = (description: string): string =>
  `${description.slice(0, 1).toUpperCase()}${description.slice(1)}.`;

/** Backslashes and dashes as they are, and no line that begins as an order to the formatter. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll('’', '\\(cq')
    .replaceAll('“', '\\(lq')
    .replaceAll('”', '\\(rq');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
