// Secrets in the arguments of a command: `--token hunter2`, `--token=hunter2`, `-p hunter2` after `--password`.
// A flag's name says more than the same word within a sentence, so it is believed.

import type { Redactor } from './redactor.ts';
import { isSecretName } from './secret-names.ts';

const VALUE_CHARS_MIN = 4;
const SURELY_SECRET = 'password=';

/** The arguments with their secrets taken out, each read together with the one before it. */
export function redactArguments(redactor: Redactor, argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    const [, flag, value] = /^--?([\w-]+)=(.*)$/s.exec(argument) ?? [];
    if (flag !== undefined && value !== undefined && isSecretFlag(flag)) {
      return `${argument.slice(0, -value.length || undefined)}${asSecret(redactor, value)}`;
    }
    const before = argv[index - 1] ?? '';
    const [, named] = /^--?([\w-]+)$/.exec(before) ?? [];
    const isValue = named !== undefined && !argument.startsWith('-') && isSecretFlag(named);
    return isValue ? asSecret(redactor, argument) : redactor.text(argument);
  });
}

const isSecretFlag = (flag: string): boolean => isSecretName(flag.replaceAll('-', '_'));

/** What stands behind the surest of anchors is taken out, whatever it looks like. */
function asSecret(redactor: Redactor, value: string): string {
  if (value.length < VALUE_CHARS_MIN) return value;
  const redacted = redactor.text(`${SURELY_SECRET}${value}`);
  return redacted.startsWith(SURELY_SECRET) ? redacted.slice(SURELY_SECRET.length) : redacted;
}
