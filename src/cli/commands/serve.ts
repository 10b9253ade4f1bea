// `flowforge serve`: the API of this host's runs, until it is told to end.

import { spawn } from 'node:child_process';
import { joinContainer } from '../../compose/container.ts';
import { ownCommand } from '../../compose/installed.ts';
import { loginLink, serve } from '../../compose/serve.ts';
import type { Config } from '../../config/config.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import type { Narrator } from '../../ports.ts';
import { createNarrator, isWatched, print, printJson } from '../terminal.ts';

const OK: ExitStatus = { type: 'exited', code: EXIT.ok };
const LINE_CHARS_MAX = 4096;

interface ServeOptions {
  readonly background?: boolean;
  readonly json?: boolean;
}

export async function serveCommand(
  flags: Flags,
  { background, json }: ServeOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const narrator = createNarrator(json ? 'json' : 'plain');
  if (background) {
    const start = await serveInBackground();
    show(start, json);
    invite(config, start.url, narrator);
    return OK;
  }
  for (const warning of config.warnings) narrator.say(warning);
  // Who reads that it answers may end it at once.
  const ended = told();
  const container = joinContainer(config, narrator);
  const { url, keyFile, by, close } = await serve(config, narrator);
  const pid = close ? process.pid : null;
  show({ url, pid, key_file: keyFile, already: by !== 'us', stands_by: by === 'a run' }, json);
  invite(config, url, narrator);
  if (!close) return OK;
  await ended;
  await container.end();
  close();
  return OK;
}

/** A link to sign in by, for the person at this terminal; it is kept out of logs. */
function invite(config: Config, url: string, narrator: Narrator): void {
  if (isWatched()) narrator.say(`dashboard: ${loginLink(config, url)}`);
}

interface Start {
  readonly url: string;
  readonly pid: number | null;
  readonly key_file: string | null;
  /** Whether an API answered before. */
  readonly already: boolean;
  /** Whether that is a run's, and this takes over when the run ends. */
  readonly stands_by: boolean;
}

function show(start: Start, json?: boolean): void {
  if (json) {
    printJson(start);
    return;
  }
  if (start.stands_by) {
    print(`a run answers already at ${start.url}; \`serve\` takes over when it ends`);
  } else if (start.already) print(`the API answers already at ${start.url}`);
  else print(`the API answers at ${start.url}; what it can do: ${start.url}/docs`);
  if (start.key_file) print(`a key to act with is in ${start.key_file}`);
}

/** Listens from now on for what ends us. */
const told = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  }).then(() => undefined);

/** Starts the same again on its own, and leaves when it answers. */
async function serveInBackground(): Promise<Start> {
  const [program, ...words] = ownCommand();
  const args = process.argv.slice(2).filter((argument) => argument !== '--background');
  const isAsked = args.includes('--json');
  const child = spawn(program, [...words, ...args, ...(isAsked ? [] : ['--json'])], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const start = await firstWords(child);
  child.unref();
  return start;
}

function firstWords(child: ReturnType<typeof spawn>): Promise<Start> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, LINE_CHARS_MAX);
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, LINE_CHARS_MAX);
      if (said.endsWith('}\n')) resolve(JSON.parse(said) as Start);
    });
    child.once('error', reject);
    child.once('close', () => {
      const reason = complaint.replace(/^flowforge: /, '').trim() || 'the API did not start';
      reject(new FlowForgeError('FF_CONFLICT', reason));
    });
  });
}
