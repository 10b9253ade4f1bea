// Whether a request is meant for us, and made by a program or a page of ours: against DNS rebinding and foreign pages.

import type { Context } from 'hono';
import { ApiProblem } from './problem.ts';
import type { ApiEnv, ApiSettings } from './world.ts';

/**
 * Refuses a request for any other host (421) or made by a page of another origin (403).
 *
 * @throws ApiProblem FF_HOST, FF_ORIGIN
 */
export function checkAddressee(c: Context<ApiEnv>, settings: ApiSettings): void {
  const host = c.req.header('host') ?? '';
  const peer = c.env?.peer;
  const isProxied = peer !== undefined && !peer.target.startsWith('/');
  if ((peer !== undefined && peer.hostCount !== 1) || isProxied || !isOurs(host, settings)) {
    throw new ApiProblem('FF_HOST', 'the API does not answer to that host name');
  }
  const origin = c.req.header('origin')?.toLowerCase();
  if (origin !== undefined && !originsOf(host, settings).includes(origin)) {
    throw new ApiProblem('FF_ORIGIN', 'the request comes from a page of another origin');
  }
  const site = c.req.header('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  // Following a link from elsewhere is no harm: it reads nothing for the other page and changes nothing.
  const isLink = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
  if (!isLink || c.req.header('sec-fetch-dest') !== 'document') {
    throw new ApiProblem('FF_ORIGIN', 'the request comes from a page of another site');
  }
}

const NAMED = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/;
const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** A rebinding page needs a name of its own in `Host`; our names and plain addresses cannot be its. */
function isOurs(host: string, settings: ApiSettings): boolean {
  const { bindHost, port, isLoopback, hostNames } = settings;
  const [, name = '', portText = '80'] = NAMED.exec(host.toLowerCase()) ?? [];
  // Its owner says that the name is ours, whatever port a proxy has.
  if (hostNames.includes(name)) return true;
  const isOwnName = OWN_NAMES.includes(name) || name === bindHost.toLowerCase();
  if (isLoopback) return isOwnName && Number(portText) === port();
  return isOwnName || ADDRESS.test(name);
}

/** Our own pages; under a name that was given to us, a proxy before us may speak TLS. */
function originsOf(host: string, { hostNames }: ApiSettings): readonly string[] {
  const place = host.toLowerCase();
  const [, name = ''] = NAMED.exec(place) ?? [];
  return hostNames.includes(name) ? [`http://${place}`, `https://${place}`] : [`http://${place}`];
}
