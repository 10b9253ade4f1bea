// A world whose runs answer to HTTP, and how one asks them.

import { expect } from 'vitest';
import { createWorld, type WhenOver, type World } from './flowforge.ts';
import { freePort } from './free-port.ts';

export const KEY = 'a-key-of-the-test';

export async function createApiWorld(
  whenOver?: WhenOver,
): Promise<{ world: World; base: string; port: number }> {
  const port = await freePort();
  const env = { FLOWFORGE_API: 'true', FLOWFORGE_API_KEY: KEY, FLOWFORGE_PORT: String(port) };
  const world = createWorld(env, null, whenOver);
  return { world, base: `http://127.0.0.1:${port}`, port };
}

export const answers = async (base: string): Promise<boolean> =>
  fetch(`${base}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );

export async function untilAnswered(base: string): Promise<void> {
  await expect.poll(() => answers(base), { timeout: 20_000 }).toBe(true);
}

export const post = (url: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

export const get = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

export interface Run {
  readonly run_id: string;
  readonly name: string | null;
  readonly state: string;
  readonly phase: string | null;
  readonly attempt: number;
  readonly pid: number;
}

export const startJob = (world: World, name: string, mark: string) =>
  world.start([
    'run',
    '--name',
    name,
    '--grace',
    '1s',
    '--',
    'sh',
    '-c',
    `echo up; sleep ${mark}; :`,
  ]);
