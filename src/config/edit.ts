// Changes single settings in the text of a configuration file, and nothing else in it: comments, order and blank lines
// stay. What it made is read back before anybody writes it.

import { isDeepStrictEqual } from 'node:util';
import type { SettingKey } from './schema.ts';

/** Values to be set, as they are written in a file. */
export type Changes = { readonly [K in SettingKey]?: string | number };

export interface Edit {
  readonly text: string;
  /** What changes, line by line: `-` goes, `+` comes. Empty where nothing does. */
  readonly difference: readonly string[];
}

/** The text with the settings changed; null where that cannot be done line by line (a mapping in braces, for one). */
export async function editSettings(before: string, changes: Changes): Promise<Edit | null> {
  const known = await mappingOf(before);
  if (!known) return null;
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const difference = Object.entries(changes).flatMap(([key, value]) => set(lines, key, value));
  const text = `${lines.join('\n')}\n`;
  const isRight = isDeepStrictEqual(await mappingOf(text), { ...known, ...changes });
  return isRight ? { text, difference } : null;
}

/** Changes the line of a key, or adds one. Gives the difference. */
function set(lines: string[], key: string, value: string | number): readonly string[] {
  const at = lines.findIndex((line) => keyOf(line) === key);
  const old = lines[at];
  if (old === undefined) {
    lines.push(`${key}: ${value}`);
    return [`+${key}: ${value}`];
  }
  const made = `${key}: ${value}${commentOf(old)}`;
  lines[at] = made;
  return old === made ? [] : [`-${old}`, `+${made}`];
}

const keyOf = (line: string): string | undefined => /^["']?([\w-]+)["']?\s*:/.exec(line)?.[1];

const commentOf = (line: string): string => /\s+#.*$/.exec(line)?.[0] ?? '';

/** What a text sets; null where it is not one mapping. */
async function mappingOf(text: string): Promise<object | null> {
  const { readYaml } = await import('./yaml.ts');
  const reading = readYaml(text);
  if ('reason' in reading || reading.documents.length > 1) return null;
  const document = reading.documents[0] ?? {};
  return typeof document === 'object' && !Array.isArray(document) ? document : null;
}
