// How FlowForge speaks to people: on stderr, in sentences, or as JSON lines where they were asked for.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packageFile } from '../compose/installed.ts';
import type { Narrator } from '../ports.ts';

export type Voice = 'plain' | 'json' | 'silent';

/** Where we speak: a reader that has gone hears nothing more, which is no reason to leave what we guard. */
export function speech(): NodeJS.WriteStream {
  const { stderr } = process;
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {});
  return stderr;
}

/** Says each sentence on stderr with our prefix. Control characters of what others wrote are taken out. */
export function createNarrator(voice: Voice): Narrator {
  return {
    say(sentence) {
      if (voice === 'silent') return;
      const clean = stripVTControlCharacters(sentence);
      speech().write(
        voice === 'json' ? `${JSON.stringify({ flowforge: clean })}\n` : `flowforge: ${clean}\n`,
      );
    },
  };
}

/** Whether a person at a terminal reads what is said, rather than a log that keeps it. */
export const isWatched = (): boolean => process.stderr.isTTY === true;

/** Prints an answer on stdout. */
export function print(text: string): void {
  if (process.stdout.listenerCount('error') === 0) {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      outputFailure ??= error;
    });
  }
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

let outputFailure: NodeJS.ErrnoException | null = null;

/** Waits until what was printed is written. Gives why it could not be; a reader that has gone is no failure. */
export function printed(): Promise<string | null> {
  return new Promise((resolve) => {
    const tell = (): void =>
      resolve(outputFailure && outputFailure.code !== 'EPIPE' ? outputFailure.message : null);
    // The error of an earlier write comes a turn after its callback.
    process.stdout.write('', () => setImmediate(tell));
  });
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
