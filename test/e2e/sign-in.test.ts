// The link to sign in by, as a person at a terminal gets it, and nobody else.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, MAIN, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import { openTerminal } from '../support/terminal.ts';

const LINK = /flowforge: dashboard: (http:\/\/\S+)\/ui\/sign-in#token=(ff_link_\S+)\r?\n/;

async function apiWorld(): Promise<World> {
  return createWorld({ FLOWFORGE_API: 'true', FLOWFORGE_PORT: String(await freePort()) });
}

const atTerminal = (world: World, args: readonly string[]) =>
  openTerminal([process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: world.env,
    cwd: world.folder,
  });

async function signIn(base: string, token: string): Promise<Response> {
  return fetch(`${base}/v1/session`, {
    method: 'POST',
    headers: { origin: base, 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
}

describe('a link to sign in by', () => {
  it.each([
    ['serve', ['serve']],
    ['run', ['run', '--grace', '500ms', '--', 'sleep', '67.71']],
  ])('is shown by `%s` at a terminal and signs in once, to act', async (_name, args) => {
    const world = await apiWorld();
    const terminal = atTerminal(world, args);
    const [, base = '', token = ''] = await terminal.shows(LINK, 20_000);
    const answer = await signIn(base, token);
    expect(answer.status).toBe(200);
    expect((await signIn(base, token)).status).toBe(401);
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const ended = await fetch(`${base}/process/kill`, {
      method: 'POST',
      headers: { origin: base, cookie, 'content-type': 'application/json' },
      body: '{"reason":"from the browser"}',
    });
    // Without a run there is nothing to stop; with one it is stopped in the name of the key.
    expect(ended.status).toBe(args[0] === 'serve' ? 404 : 202);
    if (args[0] === 'run') expect(await terminal.ended).toBe(124);
    for (const name of readdirSync(join(world.folder, 'evidence'))) {
      const bytes = readFileSync(join(world.folder, 'evidence', name), 'latin1');
      expect([name, bytes.includes(token)]).toEqual([name, false]);
    }
    expect(statSync(join(world.folder, 'state/flowforge/api-key')).mode & 0o777).toBe(0o600);
  });

  it('is shown anew by `serve` when an API answers already, and never where no person reads', async () => {
    const world = await apiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    const terminal = atTerminal(world, ['serve']);
    const [, base = '', token = ''] = await terminal.shows(LINK, 20_000);
    expect((await signIn(base, token)).status).toBe(200);
    serve.child.kill('SIGTERM');
    const { stdout, stderr } = await serve.finished;
    expect(stdout + stderr).not.toContain('ff_link_');
  });
});
