// Keys made, replaced and taken back at a terminal while an API answers: what it goes by at the next request.

import { expect, it } from 'vitest';
import { createApiWorld } from '../support/api-world.ts';

interface Key {
  readonly id: string;
  readonly secret: string;
}

it('hold from the moment they are made until they expire, are replaced or revoked, and sessions with them', async () => {
  const { world, base } = await createApiWorld();
  delete world.env['FLOWFORGE_API_KEY'];
  const serve = world.start(['serve', '--read-needs-key']);
  await serve.seen('answers at');
  const key = (...args: string[]) => world.json<Key>('keys', ...args);
  const reading = await key('create', '--name', 'eye', '--scope', 'read');
  const acting = await key('create', '--name', 'hand', '--scope', 'act');
  const brief = await key('create', '--name', 'guest', '--scope', 'act', '--expires', '3s');
  const read = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${base}/timeline`, { headers })).status;
  const stop = async (headers: Record<string, string>): Promise<number> => {
    const type = { 'content-type': 'application/json' };
    return (
      await fetch(`${base}/process/kill`, { method: 'POST', headers: { ...headers, ...type } })
    ).status;
  };
  const by = ({ secret }: Key) => ({ authorization: `Bearer ${secret}` });

  // 404: it may, and there is no run.
  expect([await read(by(reading)), await stop(by(reading))]).toEqual([200, 403]);
  expect([await read(by(acting)), await stop(by(acting))]).toEqual([200, 404]);
  expect(await stop(by(brief))).toBe(404);
  await expect.poll(() => stop(by(brief)), { timeout: 10_000 }).toBe(401);

  const signedIn = await fetch(`${base}/v1/session`, { method: 'POST', headers: by(acting) });
  const session = {
    cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    origin: base,
  };
  expect([await read(session), await stop(session)]).toEqual([200, 404]);

  const next = await key('rotate', acting.id, '--overlap', '1h');
  expect([await stop(by(acting)), await stop(by(next))]).toEqual([404, 404]);
  await world.run('keys', 'revoke', acting.id);
  expect([await stop(by(acting)), await read(session), await stop(session)]).toEqual([
    401, 401, 401,
  ]);
  expect(await stop(by(next))).toBe(404);

  const audit = await world.json<{ action: string; actor: string; reason: string }[]>(
    ...['timeline', '--type', 'audit'],
  );
  const changes = audit.filter(({ action }) => action === 'CONFIG_CHANGED');
  expect(changes.map(({ reason }) => reason).reverse()).toEqual([
    expect.stringContaining('was made, and written to'),
    expect.stringContaining(`${reading.id} was made: eye, may read`),
    expect.stringContaining(`${acting.id} was made: hand, may act`),
    expect.stringContaining(`${brief.id} was made: guest, may act, until 20`),
    `the API key ${acting.id} gives way to ${next.id} within 1h`,
    `the API key ${acting.id} was revoked`,
  ]);
  const refused = audit.filter(({ action }) => action === 'AUTH_REFUSED');
  expect(refused.map(({ actor }) => actor)).toContain(`api-key:${reading.id}`);
  const told = JSON.stringify(audit);
  for (const { secret } of [reading, acting, brief, next]) expect(told).not.toContain(secret);
});
