// `flowforge serve`: the API of this host's runs, until it is told to end.

import { spawn } from 'node:child_process';
import { serve } from '../../compose/serve.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { createNarrator, print, printJson } from '../terminal.ts';

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
  if (background) return serveInBackground(json === true);
  const config = await loadConfig({ flags });
  const narrator = createNarrator(json ? 'json' : 'plain');
  for (const warning of config.warnings) narrator.say(warning);
  const serving = await serve(config);
  if (!serving) {
    const url = `http://${config.bindHost}:${config.port}`;
    show({ url, pid: null, key_file: null, already: true }, json);
    return OK;
  }
  show({ url: serving.url, pid: process.pid, key_file: serving.keyFile, already: false }, json);
  await told();
  serving.close();
  return OK;
}

interface Start {
  readonly url: string;
  readonly pid: number | null;
  readonly key_file: string | null;
  readonly already: boolean;
}

function show(start: Start, json?: boolean): void {
  if (json) {
    printJson(start);
    return;
  }
  if (start.already) print(`the API answers already at ${start.url}`);
  else print(`the API answers at ${start.url}; what it can do: ${start.url}/docs`);
  if (start.key_file) print(`a key to act with is in ${start.key_file}`);
}

const told = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  }).then(() => undefined);

/** Starts the same again on its own, and leaves when it answers. */
async function serveInBackground(json: boolean): Promise<ExitStatus> {
  const args = process.argv.slice(1).filter((argument) => argument !== '--background');
  const isAsked = args.includes('--json');
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...args, ...(isAsked ? [] : ['--json'])],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const start = await firstWords(child);
  child.unref();
  show(start, json);
  return OK;
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
