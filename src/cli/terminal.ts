// How FlowForge speaks to people: on stderr, in sentences, or as JSON lines where they were asked for.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packageFile } from '../compose/installed.ts';
import type { Narrator } from '../ports.ts';

export type Voice = 'plain' | 'json' | 'silent';

/** Says each sentence on stderr with our prefix. Control characters of what others wrote are taken out. */
export function createNarrator(voice: Voice): Narrator {
  return {
    say(sentence) {
      if (voice === 'silent') return;
      const clean = stripVTControlCharacters(sentence);
      process.stderr.write(
        voice === 'json' ? `${JSON.stringify({ flowforge: clean })}\n` : `flowforge: ${clean}\n`,
      );
    },
  };
}

/** Whether a person at a terminal reads what is said, rather than a log that keeps it. */
export const isWatched = (): boolean => process.stderr.isTTY === true;

/** Prints an answer on stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints an answer on stdout as JSON that a person can read as well. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** How the person calls us from here: `./flowforge` in a checkout, `flowforge` elsewhere. */
export function ourName(): string {
  const launcher = packageFile('flowforge');
  return dirname(launcher) === process.cwd() && existsSync(launcher) ? './flowforge' : 'flowforge';
}
