// Containers of the image under test, run by Podman as the operations guide says, and asked from outside.

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';

const root = resolve(import.meta.dirname, '../..');

/** Set by scripts/container_test.sh, which builds the images; `<image>` and its sibling `:slim`. */
export const IMAGE = process.env['FLOWFORGE_TEST_IMAGE'] ?? '';
export const SLIM_IMAGE = IMAGE.replace(/:\w+$/, ':slim');

export const podman = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync('podman', ['--log-level=error', ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  });

/** A command of the guide for containers: the one that begins like that, on one line. */
export function guidesCommand(beginning: string): string {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const commands = [...page.matchAll(/```shell\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', '').trim().split('\n'),
  );
  const found = commands.find((it) => it.startsWith(beginning));
  if (found === undefined) throw new Error(`the guide has no command that begins ${beginning}`);
  return found;
}

/** The guide's image of one's own, with other names for the images. */
export function guidesDockerfile(base: string): string {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const [, text = ''] = /```dockerfile\n([\s\S]*?)```/.exec(page) ?? [];
  return text.replace(/^FROM .*/, `FROM ${base}`).replaceAll('flowforge:slim', SLIM_IMAGE);
}

export interface Container {
  readonly name: string;
  readonly base: string;
  readonly key: string;
  /** The pid of its first process, out here. */
  readonly pid: number;
  /** How long it took from the command to readiness. */
  readonly readyMs: number;
  exec(...command: readonly string[]): SpawnSyncReturns<string>;
  /** Starts a command in there, and does not wait for it. */
  begin(
    ...command: readonly string[]
  ): Promise<{ readonly code: number | null; readonly said: string }>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  logs(): string;
  stop(): { readonly code: number; readonly tookMs: number };
  /** Starts it again after a stop. */
  restart(): Promise<void>;
  remove(): void;
}

let count = 0;

/** The guide's `docker run`, by Podman, in the background, on a free port of this host alone; `more` goes before the image. */
export async function runAsTheGuideSays(more = ''): Promise<Container> {
  const name = `flowforge-test-${process.pid}-${++count}`;
  const port = await freePort();
  const command = guidesCommand('docker run --read-only')
    .replace('docker run', `podman --log-level=error run -d --name ${name} --no-healthcheck`)
    .replace('-p 8080:8080', `-p 127.0.0.1:${port}:8080`)
    .replace(/flowforge$/, `${more} ${IMAGE}`);
  const began = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const base = `http://127.0.0.1:${port}`;
  await untilReady(base);
  const readyMs = performance.now() - began;
  const inspect = (format: string): string =>
    podman('inspect', name, '--format', format).stdout.trim();
  const key =
    /^FLOWFORGE_API_KEY=(.*)$/m.exec(inspect('{{range .Config.Env}}{{println .}}{{end}}'))?.[1] ??
    '';
  return {
    ...{ name, base, key, readyMs },
    get pid() {
      return Number(inspect('{{.State.Pid}}'));
    },
    exec: (...args) => podman('exec', name, ...args),
    begin: (...args) => begin(['exec', name, ...args]),
    ask: (path, init = {}) =>
      fetch(`${base}${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          ...init.headers,
        },
      }),
    logs: () => {
      const { stdout, stderr: said } = podman('logs', name);
      return stdout + said;
    },
    stop() {
      const at = performance.now();
      podman('stop', name);
      return { code: Number(inspect('{{.State.ExitCode}}')), tookMs: performance.now() - at };
    },
    async restart() {
      podman('start', name);
      await untilReady(base);
    },
    remove: () => void podman('rm', '--force', '--time', '0', '--volumes', name),
  };
}

async function untilReady(base: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${base}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    if (performance.now() > deadline) throw new Error(`not ready: ${await answer?.text()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/**
 * Makes that many events by two commands that fail and are started again and again. Gives how full /tmp was at most,
 * in percent. Nothing of a run can be pruned before it has ended.
 */
export async function makeEvents(box: Container, count: number): Promise<number> {
  const restarts = Math.ceil(count / EVENTS_PER_ATTEMPT / 2);
  const loop = [
    ...['flowforge', 'run', '--quiet', '--restart', 'on-failure', '--max-restarts', `${restarts}`],
    ...[
      '--restart-window',
      '1h',
      '--restart-wait',
      '1ms',
      '--restart-wait-max',
      '1ms',
      '--',
      'false',
    ],
  ];
  let fullest = 0;
  let isOver = false;
  const loops = Promise.all([box.begin(...loop), box.begin(...loop)]).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const { stdout } = box.exec('df', '--output=pcent', '/tmp');
    fullest = Math.max(fullest, Number(/\d+/.exec(stdout)?.[0]));
    await new Promise((done) => setTimeout(done, 1000));
  }
  for (const { code } of await loops) if (code !== 1) throw new Error(`a loop ended with ${code}`);
  return fullest;
}

const EVENTS_PER_ATTEMPT = 4;

function begin(args: readonly string[]): ReturnType<Container['begin']> {
  const child = spawn('podman', ['--log-level=error', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((done) => child.once('close', (code) => done({ code, said })));
}
