// Keyed digests: to tell equal things equal without knowing or keeping them.

import { createHmac, randomBytes } from 'node:crypto';

const FINGERPRINT_CHARS = 8;
const DIGEST_CHARS = 32;

/** A digest with a key of this process alone: a secret cannot be guessed from it afterwards. */
export function createFingerprint(): (secret: string) => string {
  const key = randomBytes(32);
  return (secret) =>
    createHmac('sha256', key).update(secret).digest('hex').slice(0, FINGERPRINT_CHARS);
}

/** The same for the same parts on the same host, from run to run. */
export function digestOf(hostId: string, parts: readonly string[]): string {
  return createHmac('sha256', hostId)
    .update(JSON.stringify(parts))
    .digest('hex')
    .slice(0, DIGEST_CHARS);
}
