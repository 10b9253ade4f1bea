// Serves the dashboard: one page for all of its addresses, and its assets, which never change under their name.
//
// None of it says anything about this host, so it is given to everybody who may talk to the API; what it shows, it
// has to ask for.

import type { Context } from 'hono';
import { ApiProblem } from '../problem.ts';
import type { Api } from '../route.ts';
import type { ApiEnv, ApiWorld } from '../world.ts';

/** Only our own scripts and styles, nothing inline, no other origin, no frames, no markup from strings. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const FOR_EVER = 'public, max-age=31536000, immutable';

/** Paths that are open to everybody, so that a page to sign in on can be shown. */
export const DASHBOARD = /^\/(?:ui(?:\/.*)?)?$/;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export function addDashboard(api: Api, { dashboardFile }: ApiWorld): void {
  api.get('/', (c) => c.redirect('/ui/', 302));
  api.get('/ui/assets/:name', (c) => {
    const name = c.req.param('name');
    const type = TYPES[/^[\w-]{1,80}\.(js|css|svg)$/.exec(name)?.[1] ?? ''];
    const found = type === undefined ? null : give(c, dashboardFile, `assets/${name}`);
    if (!found || type === undefined) throw missing('there is no such asset');
    c.header('Content-Type', type);
    c.header('Cache-Control', FOR_EVER);
    return c.body(found);
  });
  const page = (c: Context<ApiEnv>) => {
    const found = dashboardFile('index.html', false);
    if (!found) throw missing('the dashboard is not part of this installation');
    c.header('Content-Security-Policy', POLICY);
    c.header('Content-Type', 'text/html; charset=utf-8');
    return c.body(found);
  };
  for (const path of ['/ui', '/ui/', '/ui/:page', '/ui/:page/:id']) api.get(path, page);
}

function give(c: Context<ApiEnv>, read: ApiWorld['dashboardFile'], name: string) {
  const takesGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const compressed = takesGzip ? read(name, true) : null;
  c.header('Vary', 'Accept-Encoding');
  if (!compressed) return read(name, false);
  c.header('Content-Encoding', 'gzip');
  return compressed;
}

const missing = (detail: string): ApiProblem => new ApiProblem('FF_NOT_FOUND', detail);
