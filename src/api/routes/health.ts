// Probes: is it alive, is it ready.

import { createRoute } from '@hono/zod-openapi';
import { health, readiness, readyQuery } from '../../contract/health.ts';
import type { ReadinessCheck } from '../../ports.ts';
import type { Readiness } from '../readiness.ts';
import { type Api, json, PROBLEMS, type Prefix } from '../route.ts';
import type { ApiSettings } from '../world.ts';

export function addHealth(api: Api, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/healthz`,
    summary: 'The API turns',
    responses: { 200: json(health, 'alive'), ...PROBLEMS },
  });
  api.openapi(route, (c) => c.json({ status: 'ok' as const }, 200));
}

export function addReadiness(
  api: Api,
  { probe, settings, prefix }: { probe: Readiness; settings: ApiSettings; prefix: Prefix },
): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/readyz`,
    summary: 'The evidence is really being kept; with `?verbose` in lines of text',
    request: { query: readyQuery },
    responses: {
      ...PROBLEMS,
      200: json(readiness, 'ready'),
      503: json(readiness, 'not ready, and why'),
    },
  });
  api.openapi(route, (c) => {
    const mayRead = !settings.readNeedsKey || c.get('scopes').length > 0;
    const checks = probe.checks().map((check) => (mayRead ? check : bare(check)));
    const { isReady } = probe;
    if (!isReady) c.header('Retry-After', '1');
    if (c.req.valid('query').verbose !== undefined) {
      return c.text(inLines(checks), isReady ? 200 : 503) as never;
    }
    const told = Object.fromEntries(
      checks.map(({ name, state, detail, hint }) => [
        name,
        { state, detail, hint: state === 'ok' ? null : hint },
      ]),
    );
    if (isReady) return c.json({ status: 'ready' as const, checks: told }, 200);
    return c.json({ status: 'not-ready' as const, checks: told }, 503);
  });
}

const MARKS = { ok: '+', warn: '!', fail: '-' } as const;

/** Anybody may probe; what is wrong in detail is for those who may read. */
const bare = (check: ReadinessCheck): ReadinessCheck => ({ ...check, detail: '', hint: null });

function inLines(checks: readonly ReadinessCheck[]): string {
  const lines = checks.map(({ name, state, detail, hint }) => {
    const told = detail ? `: ${detail}` : '';
    const todo = state !== 'ok' && hint ? ` (${hint})` : '';
    return `[${MARKS[state]}]${name} ${state}${told}${todo}`;
  });
  return `${lines.join('\n')}\n`;
}
