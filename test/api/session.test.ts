import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { session } from '../../src/contract/session.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi, HOST, KEY, type TestApi } from '../support/api.ts';

const OWN_PAGE = { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
const JSON_TYPE = { 'content-type': 'application/json' };

const signIn = (api: TestApi, body: unknown, headers: Record<string, string> = {}) =>
  api.request('/v1/session', {
    method: 'POST',
    headers: { ...OWN_PAGE, ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });

const cookieOf = (answer: Response): string =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function signedIn(api: TestApi): Promise<string> {
  return cookieOf(await signIn(api, {}, { authorization: `Bearer ${KEY}` }));
}

const kill = (api: TestApi, headers: Record<string, string>) =>
  api.request('/process/kill', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: '{}',
  });

describe('signing in', () => {
  it('with the key gives a cookie that no script and no other site can use, and that acts in its name', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const answer = await signIn(api, {}, { authorization: `Bearer ${KEY}` });
    expect(answer.status).toBe(200);
    expect(session.parse(await answer.json())).toMatchObject({ key_id: 'env' });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^flowforge_session_8080=\S+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect((await kill(api, { ...OWN_PAGE, cookie })).status).toBe(202);
    expect(api.asked[0]?.actor).toBe('api-key:env');
    const who = await api.request('/v1/session', { headers: { cookie } });
    expect(await who.json()).toMatchObject({ key_id: 'env', scopes: ['read', 'act', 'admin'] });
  });

  it('by a link works once, and within its time', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const token = api.sessions.invite('env');
    const answer = await signIn(api, { token });
    expect(answer.status).toBe(200);
    expect((await kill(api, { ...OWN_PAGE, cookie: cookieOf(answer) })).status).toBe(202);
    const again = await signIn(api, { token });
    expect(again.status).toBe(401);
    expect(again.headers.get('set-cookie')).toBeNull();
    const late = api.sessions.invite('env');
    api.clock.advance(LIMITS.loginLinkMs);
    expect((await signIn(api, { token: late })).status).toBe(401);
    expect((await signIn(api, { token: 'made-up' })).status).toBe(401);
  });

  it('by links that are guessed is slowed down and audited, and the right one passes', async () => {
    const api = createTestApi();
    const statuses: number[] = [];
    for (let guess = 0; guess <= LIMITS.apiFailuresBurst; guess += 1) {
      statuses.push((await signIn(api, { token: `ff_link_${guess}` })).status);
    }
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401]));
    expect(statuses.at(-1)).toBe(429);
    expect(api.audited[0]).toMatchObject({
      action: 'AUTH_REFUSED',
      reason: 'wrong-key: POST /v1/session',
    });
    const metrics = await (await api.request('/metrics')).text();
    expect(metrics).toContain(`auth_failures_total{reason="wrong-key"} ${statuses.length}`);
    expect((await signIn(api, { token: api.sessions.invite('env') })).status).toBe(200);
  });

  it('needs a key or a link: neither a session nor nothing will do', async () => {
    const api = createTestApi();
    expect((await signIn(api, {})).status).toBe(401);
    const cookie = await signedIn(api);
    expect((await signIn(api, {}, { cookie })).status).toBe(401);
    expect((await signIn(api, {}, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await api.request('/v1/session')).status).toBe(401);
  });

  it('keeps to the scope of its key', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const cookie = cookieOf(await signIn(api, {}, { authorization: 'Bearer reading-key' }));
    expect((await kill(api, { ...OWN_PAGE, cookie })).status).toBe(403);
    expect(api.asked).toEqual([]);
  });

  it('is refused to pages of another origin', async () => {
    const api = createTestApi();
    const token = api.sessions.invite('env');
    for (const page of [{ origin: 'http://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await signIn(api, { token }, page)).status).toBe(403);
    }
    expect((await signIn(api, { token })).status).toBe(200);
  });
});

describe('a session', () => {
  it('does not act for another page, nor for a request that no page of ours made', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const cookie = await signedIn(api);
    const attempts: [Record<string, string>, number][] = [
      [{ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }, 403],
      [{ origin: 'null' }, 403],
      [{ 'sec-fetch-site': 'none' }, 401],
      [{}, 401],
    ];
    for (const [headers, status] of attempts) {
      expect([headers, (await kill(api, { ...headers, cookie })).status]).toEqual([
        headers,
        status,
      ]);
    }
    const form = { ...OWN_PAGE, cookie, 'content-type': 'text/plain' };
    expect((await kill(api, form)).status).toBe(415);
    expect(api.asked).toEqual([]);
  });

  it('ends when it is told to, and at the end of its time', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const cookie = await signedIn(api);
    const out = await api.request('/v1/session/end', {
      method: 'POST',
      headers: { ...OWN_PAGE, cookie },
    });
    expect(await out.json()).toEqual({ status: 'signed-out' });
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await kill(api, { ...OWN_PAGE, cookie })).status).toBe(401);
    const next = await signedIn(api);
    api.clock.advance(LIMITS.sessionMs - 1);
    expect((await kill(api, { ...OWN_PAGE, cookie: next })).status).toBe(202);
    api.clock.advance(1);
    expect((await kill(api, { ...OWN_PAGE, cookie: next })).status).toBe(401);
  });

  it('gives way to the newest when there are as many as may be', async () => {
    const api = createTestApi();
    const first = await signedIn(api);
    for (let n = 0; n < LIMITS.sessionsMax - 1; n += 1) await signedIn(api);
    const who = (cookie: string) => api.request('/v1/session', { headers: { cookie } });
    expect((await who(first)).status).toBe(200);
    const last = await signedIn(api);
    expect((await who(first)).status).toBe(401);
    expect((await who(last)).status).toBe(200);
  });

  it('reads where reading needs a key, and one that is over takes nothing away where it needs none', async () => {
    const closed = createTestApi({ settings: { readNeedsKey: true } });
    expect((await closed.request('/timeline')).status).toBe(401);
    const cookie = await signedIn(closed);
    expect((await closed.request('/timeline', { headers: { cookie } })).status).toBe(200);
    const open = createTestApi();
    expect((await open.request('/timeline', { headers: { cookie } })).status).toBe(200);
  });

  it('is kept as a digest that signs nobody in', async () => {
    const api = createTestApi();
    const cookie = await signedIn(api);
    const secret = cookie.split('=')[1] ?? '';
    const token = api.sessions.invite('env');
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(`${api.databasePath}${suffix}`, 'latin1');
      expect(bytes).not.toContain(secret);
      expect(bytes).not.toContain(token);
    }
  });
});
