// Asks the API of this state folder how it is.

import { get } from 'node:http';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/load.ts';
import type { Readiness } from '../contract/health.ts';
import { LIMITS } from '../core/limits.ts';

const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** What `/readyz` says, in detail where a key is known; null where nobody answers in time, or not as we do. */
export function apiReadiness({ bindHost, port, apiKey }: Config): Promise<Readiness | null> {
  const host = ANY_ADDRESS[bindHost] ?? bindHost;
  // The key is for ourselves: it does not leave this host.
  const isOwn = isLoopback(host);
  const headers = apiKey !== null && isOwn ? { authorization: `Bearer ${apiKey}` } : {};
  const timeout = LIMITS.controlIdleMs;
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/v1/readyz', headers, timeout }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text = (text + part).slice(0, LIMITS.apiBodyBytesMax);
      });
      response.on('end', () => resolve(parsed(text))).on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(null));
  });
}

function parsed(text: string): Readiness | null {
  try {
    const told = JSON.parse(text) as Partial<Readiness>;
    return typeof told.checks === 'object' && told.checks !== null ? (told as Readiness) : null;
  } catch {
    return null;
  }
}
