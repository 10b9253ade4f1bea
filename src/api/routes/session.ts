// Signing in and out, for browsers: a key or a login link becomes a cookie that no script can read.

import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { session, sessionBody, sessionEnded } from '../../contract/session.ts';
import { type EpochMs, toTimestamp } from '../../core/time.ts';
import type { Principal } from '../../ports.ts';
import { ApiProblem, PROBLEM_RESPONSE } from '../problem.ts';
import { type Api, json, PROBLEMS, type Prefix } from '../route.ts';
import { keepSession, sessionIn } from '../session-cookie.ts';
import type { ApiEnv, ApiWorld } from '../world.ts';

const POSTED = { ...PROBLEMS, 413: PROBLEM_RESPONSE, 415: PROBLEM_RESPONSE } as const;

export function addSession(api: Api, world: ApiWorld, prefix: Prefix): void {
  addWho(api, prefix);
  addSignIn(api, world, prefix);
  addSignOut(api, world, prefix);
}

function addWho(api: Api, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/session`,
    summary: 'Who one is here; 401 for nobody',
    responses: { 200: json(session, 'the key, or whose session it is'), ...PROBLEMS },
  });
  api.openapi(route, (c) => {
    const id = c.get('principal');
    if (id === null) throw new ApiProblem('FF_UNAUTHENTICATED', 'nobody is signed in');
    return c.json(tell({ id, scopes: c.get('scopes') }, c.get('sessionEndsAt')), 200);
  });
}

function addSignIn(api: Api, world: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'post',
    path: `${prefix}/session`,
    summary: 'Sign in with a key, or with the token of a login link; the answer sets a cookie',
    security: [{ bearer: [] }, {}],
    request: {
      body: { required: false, content: { 'application/json': { schema: sessionBody } } },
    },
    responses: { 200: json(session, 'signed in'), ...POSTED },
  });
  api.openapi(route, (c) => {
    const keyId = whoSignsIn(c, world, c.req.valid('json').token);
    const { principal, expiresAt, secret } = world.sessions.open(keyId);
    const seconds = Math.floor((expiresAt - world.clock.now()) / 1000);
    keepSession(c, { port: world.settings.port(), secret, seconds });
    return c.json(tell(principal, expiresAt), 200);
  });
}

function whoSignsIn(c: Context<ApiEnv>, world: ApiWorld, token: string | undefined): string {
  const redeemed = token === undefined ? null : world.sessions.redeem(token);
  if (redeemed) return redeemed.id;
  // A session is not renewed by itself: that would make it last for ever.
  const isByKey = c.req.header('authorization') !== undefined;
  const keyId = c.get('principal');
  if (token === undefined && isByKey && keyId !== null) return keyId;
  if (token !== undefined) {
    const detail = 'that link was used, or is too old; `flowforge serve` prints a new one';
    throw c.get('reject')(detail);
  }
  throw new ApiProblem('FF_UNAUTHENTICATED', 'send a key, or the token of a login link', {
    headers: { 'WWW-Authenticate': 'Bearer realm="flowforge"' },
  });
}

function addSignOut(api: Api, world: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'post',
    path: `${prefix}/session/end`,
    summary: 'Sign out; the session is over at once, wherever its cookie was copied to',
    responses: { 200: json(sessionEnded, 'signed out'), ...POSTED },
  });
  api.openapi(route, (c) => {
    const port = world.settings.port();
    const secret = sessionIn(c, port);
    if (secret !== null) world.sessions.end(secret);
    keepSession(c, { port, secret: '', seconds: 0 });
    return c.json({ status: 'signed-out' as const }, 200);
  });
}

const tell = ({ id, scopes }: Principal, expiresAt: EpochMs | null) => ({
  key_id: id,
  scopes: [...scopes],
  expires_at: expiresAt === null ? null : toTimestamp(expiresAt),
});
