// What every request passes before any route: id, headers, addressee, limits, key, form. Nothing is behind it that
// does not pass it.

import type { Context, MiddlewareHandler } from 'hono';
import { LIMITS } from '../core/limits.ts';
import type { EpochMs, MonotonicMs } from '../core/time.ts';
import type { Principal } from '../ports.ts';
import { hostOf } from './address.ts';
import { checkAddressee } from './addressee.ts';
import { ApiProblem } from './problem.ts';
import { DASHBOARD } from './routes/dashboard.ts';
import { sessionIn } from './session-cookie.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { ApiEnv, ApiWorld } from './world.ts';

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
/** Open to probes, whatever happens. */
const ALIVE = /^(?:\/v1)?\/healthz$/;
/** As open; whoever may read is told more. */
const READY = /^(?:\/v1)?\/readyz$/;
const SIGNING = /^\/v1\/session(?:\/end)?$/;
const SAMPLES = /^\/v1\/runs\/[^/]+\/samples$/;
/** Never held back by a limit. */
const UNLIMITED = /^(?:\/v1)?\/(?:healthz|readyz|metrics)$/;

/** Makes the door. `refused` hears of each failed authentication, for the metrics. */
export function createDoor(
  world: ApiWorld,
  refused: (reason: string) => void,
): MiddlewareHandler<ApiEnv> {
  const requests = new TokenBuckets({
    burst: LIMITS.apiBurst,
    perSecond: LIMITS.apiRequestsPerSecond,
  });
  const refuse = createRefusal(world, refused);
  const reject = createRejection(world, refuse);
  const identify = createIdentifier(world, { refuse, reject });
  return async (c, next) => {
    prepare(c, world);
    checkAddressee(c, world.settings);
    const caller = isOpen(c)
      ? NOBODY
      : READY.test(c.req.path)
        ? orNobody(() => identify(c))
        : identify(c);
    c.set('principal', caller.principal?.id ?? null);
    c.set('scopes', caller.principal?.scopes ?? []);
    c.set('sessionEndsAt', caller.sessionEndsAt);
    c.set('reject', (detail) => reject(c, 'wrong-key', detail));
    c.set('holds', () => caller.principal === null || whoAsks(c, world).principal !== null);
    if (!UNLIMITED.test(c.req.path)) slowDown(c, requests, world.clock.monotonic());
    if (c.req.method === 'POST') await checkForm(c);
    await next();
  };
}

const isOpen = ({ req }: Context<ApiEnv>): boolean =>
  ALIVE.test(req.path) || (req.method === 'GET' && DASHBOARD.test(req.path));

/** Says that somebody was refused: always to the metrics, to the audit as often as it can bear. */
type Refuse = (c: Context<ApiEnv>, reason: string, actor: `api-key:${string}`) => void;

function createRefusal(world: ApiWorld, refused: (reason: string) => void): Refuse {
  const audited = new TokenBuckets({
    burst: LIMITS.apiFailuresBurst,
    perSecond: 1000 / LIMITS.refusalsAuditedEveryMs,
  });
  return (c, reason, actor) => {
    refused(reason);
    if (audited.take(addressOf(c), world.clock.monotonic()) > 0) return;
    const said = `${reason}: ${c.req.method} ${c.req.path.slice(0, 100)}`;
    const requestId = c.get('requestId');
    world.audit({ action: 'AUTH_REFUSED', actor, reason: said, requestId });
  };
}

function slowDown(c: Context<ApiEnv>, requests: TokenBuckets, now: MonotonicMs): void {
  const principal = c.get('principal');
  const name = principal === null ? `address ${addressOf(c)}` : `key ${principal}`;
  const seconds = requests.take(name, now, costOf(c));
  if (seconds > 0) throw limited('too many requests', seconds);
}

/** A page of a list costs as many requests as it takes the time of; more than there is of anything, nobody gets. */
function costOf({ req }: Context<ApiEnv>): number {
  const byDefault = SAMPLES.test(req.path) ? LIMITS.samplesListMax : LIMITS.listDefault;
  const asked = Number(req.query('limit') ?? byDefault);
  const items = asked > 0 && asked <= LIMITS.samplesListMax ? asked : 0;
  return Math.max(1, Math.ceil(items / LIMITS.apiItemsPerRequest));
}

/** Headers are set before the answer exists: afterwards each would cost a copy of it. */
function prepare(c: Context<ApiEnv>, { newRequestId }: ApiWorld): void {
  const given = c.req.header('x-request-id');
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : newRequestId();
  c.set('requestId', requestId);
  c.header('X-Request-Id', requestId);
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
}

const addressOf = (c: Context<ApiEnv>): string => hostOf(c.env?.peer?.address ?? 'unknown');

const limited = (detail: string, seconds: number): ApiProblem =>
  new ApiProblem('FF_RATE_LIMITED', detail, { retry_after_seconds: seconds });

interface Caller {
  readonly principal: Principal | null;
  readonly sessionEndsAt: EpochMs | null;
}

const NOBODY: Caller = { principal: null, sessionEndsAt: null };

type Need = 'read' | 'act' | 'nothing';

/** Nothing but POST changes anything; signing in is how one comes to a key, and is judged by its own route. */
function needOf({ req }: Context<ApiEnv>): Need {
  if (SIGNING.test(req.path)) return req.header('authorization') === undefined ? 'nothing' : 'read';
  if (READY.test(req.path)) return 'nothing';
  return req.method === 'POST' ? 'act' : 'read';
}

/** A probe is answered whoever asks, and while nobody can be told from another. */
function orNobody(identify: () => Caller): Caller {
  try {
    return identify();
  } catch {
    return NOBODY;
  }
}

/** Counts somebody who showed no key, or a wrong one. Gives what to answer. */
type Reject = (c: Context<ApiEnv>, reason: 'no-key' | 'wrong-key', detail: string) => ApiProblem;

function createRejection(world: ApiWorld, refuse: Refuse): Reject {
  const failures = new TokenBuckets({
    burst: LIMITS.apiFailuresBurst,
    perSecond: LIMITS.apiFailuresPerSecond,
  });

  return (c, reason, detail) => {
    refuse(c, reason, 'api-key:unknown');
    const isGuess = reason === 'wrong-key';
    const seconds = isGuess ? failures.take(addressOf(c), world.clock.monotonic()) : 0;
    if (seconds > 0) return limited('too many failed authentications', seconds);
    return new ApiProblem('FF_UNAUTHENTICATED', detail, {
      headers: { 'WWW-Authenticate': 'Bearer realm="flowforge"' },
    });
  };
}

/** Tells who asks, and refuses who may not. The right key always passes, however many wrong ones came before. */
function createIdentifier(
  world: ApiWorld,
  { refuse, reject }: { readonly refuse: Refuse; readonly reject: Reject },
) {
  const isOpen = (need: Need): boolean =>
    need === 'nothing' || (need === 'read' && !world.settings.readNeedsKey);

  return (c: Context<ApiEnv>): Caller => {
    const need = needOf(c);
    const secret = secretOf(c);
    const caller = whoAsks(c, world);
    const { principal } = caller;
    if (principal && mayDo(principal, need)) return caller;
    if (principal) {
      refuse(c, 'scope', `api-key:${principal.id}`);
      throw new ApiProblem('FF_FORBIDDEN', `the key lacks the scope \`${need}\``);
    }
    if (secret === null && isOpen(need)) return NOBODY;
    throw secret === null
      ? reject(c, 'no-key', 'no key was sent')
      : reject(c, 'wrong-key', 'that key does not hold');
  };
}

function whoAsks(c: Context<ApiEnv>, world: ApiWorld): Caller {
  const secret = secretOf(c);
  if (secret === null) return signedIn(c, world);
  return { principal: world.authenticate(secret), sessionEndsAt: null };
}

/**
 * Who is signed in. To act, the browser must also say that it is our own page that asks: a cookie goes along with
 * requests that others made.
 */
function signedIn(c: Context<ApiEnv>, world: ApiWorld): Caller {
  const secret = sessionIn(c, world.settings.port());
  if (secret === null) return NOBODY;
  if (c.req.method === 'POST' && !isOwnPage(c)) return NOBODY;
  const open = world.sessions.find(secret);
  return open ? { principal: open.principal, sessionEndsAt: open.expiresAt } : NOBODY;
}

/** Whether it is another origin's was asked before. */
const isOwnPage = ({ req }: Context<ApiEnv>): boolean =>
  req.header('origin') !== undefined || req.header('sec-fetch-site') === 'same-origin';

function secretOf(c: Context<ApiEnv>): string | null {
  const header = c.req.header('authorization');
  if (header === undefined) return null;
  return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? '';
}

const mayDo = ({ scopes }: Principal, need: Need): boolean =>
  need === 'nothing' || scopes.includes(need) || scopes.includes('admin') || scopes.includes('act');

/** A body is JSON, says so, and is not too large: a form of another page can send no such thing. */
async function checkForm(c: Context<ApiEnv>): Promise<void> {
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  if (declared > LIMITS.apiBodyBytesMax) throw tooLarge();
  const type = c.req.header('content-type');
  const isJson = type !== undefined && /^application\/json *(?:;|$)/i.test(type);
  if (type !== undefined && !isJson) {
    throw new ApiProblem('FF_MEDIA_TYPE', 'the body must be declared as application/json');
  }
  const body = await readBody(c);
  if (body.byteLength > 0 && !isJson) {
    throw new ApiProblem('FF_MEDIA_TYPE', 'the body must be declared as application/json');
  }
  // From here on it is read from memory; nothing at all stands for no wishes, where it is declared to be JSON.
  const nothing = isJson ? '{}' : '';
  const text = body.byteLength > 0 ? new TextDecoder().decode(body) : nothing;
  c.req.bodyCache = { text: Promise.resolve(text) as never };
}

const tooLarge = (): ApiProblem => {
  const detail = `the body is larger than ${LIMITS.apiBodyBytesMax} bytes`;
  return new ApiProblem('FF_TOO_LARGE', detail, { headers: { Connection: 'close' } });
};

async function readBody(c: Context<ApiEnv>): Promise<Uint8Array> {
  const { body } = c.req.raw;
  if (!body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > LIMITS.apiBodyBytesMax) throw tooLarge();
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
