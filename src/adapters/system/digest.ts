// Keyed digests: to tell equal things equal without knowing or keeping them.

import { createHmac } from 'node:crypto';

const DIGEST_CHARS = 32;

/** The same for the same parts on the same host, from run to run. */
export function digestOf(hostId: string, parts: readonly string[]): string {
  return createHmac('sha256', hostId)
    .update(JSON.stringify(parts))
    .digest('hex')
    .slice(0, DIGEST_CHARS);
}
