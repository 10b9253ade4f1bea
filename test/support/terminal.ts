// A real terminal with a program in it, as a person sits at it.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { CHILDREN } from './flowforge.ts';
import { until } from './processes.ts';

export interface Terminal {
  /** All that was ever on the screen. */
  screen(): string;
  type(keys: string): void;
  resize(rows: number, columns: number): void;
  /** Closes the terminal. */
  hangUp(): void;
  /** The terminal's modes, as numbers. */
  modes(): Promise<string>;
  /** Settles when the text appears, after all that was waited for before. */
  shows(text: string | RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Exit status of the program in it: a code, or a negative signal. */
  readonly ended: Promise<number>;
}

export function openTerminal(
  argv: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Terminal {
  const driver = spawn('python3', [join(CHILDREN, 'terminal.py'), ...argv], {
    ...options,
    env: { ...options.env, TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let seen = 0;
  const modes: string[] = [];
  let end: (status: number) => void = () => {};
  const ended = new Promise<number>((done) => {
    end = done;
  });
  createInterface({ input: driver.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { screen?: string; modes?: string; status?: number };
    if (said.screen !== undefined) screen += said.screen;
    if (said.modes !== undefined) modes.push(said.modes);
    if (said.status !== undefined) end(said.status);
  });
  driver.stdin.on('error', () => {});
  const tell = (order: object): void => void driver.stdin.write(`${JSON.stringify(order)}\n`);
  onTestFinished(async () => {
    tell({ hangup: true });
    await ended;
  });
  return {
    screen: () => screen,
    type: (keys) => tell({ type: keys }),
    resize: (rows, columns) => tell({ resize: [rows, columns] }),
    hangUp: () => tell({ hangup: true }),
    async modes() {
      const before = modes.length;
      tell({ modes: true });
      await until(() => modes.length > before, 'the modes');
      return modes.at(-1) ?? '';
    },
    async shows(text, withinMs = 30_000) {
      const pattern = text instanceof RegExp ? text : new RegExp(quote(text));
      const find = () => pattern.exec(screen.slice(seen));
      try {
        await until(() => find() !== null, `${text}`, withinMs);
      } catch {
        throw new Error(`not on the screen: ${text}\n--- screen:\n${screen.slice(seen)}`);
      }
      const found = find() as RegExpExecArray;
      seen += found.index + found[0].length;
      return found;
    },
    ended,
  };
}

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
