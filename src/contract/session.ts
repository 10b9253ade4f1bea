// Signing in: a key, or the token of a login link, goes to the server once and comes back as a cookie that no script
// can read. Reading needs none of it on this host's own address; acting always does.

import { z } from 'zod';

/** `POST /v1/session`. The token is what a login link has after `#token=`; without one a key must be sent. */
export const sessionBody = z
  .strictObject({
    token: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/)
      .optional()
      .meta({ description: 'of a login link; it is good once' }),
  })
  .meta({ id: 'SignIn' });

/** Who one is here. */
export const session = z
  .strictObject({
    key_id: z.string().meta({ description: 'the key that the audit will name' }),
    scopes: z.array(z.enum(['read', 'act', 'admin'])),
    expires_at: z
      .string()
      .nullable()
      .meta({ description: 'when the session ends; null for who sent a key' }),
  })
  .meta({ id: 'Session' });

/** `POST /v1/session/end`, whether or not there was a session. */
export const sessionEnded = z
  .strictObject({ status: z.literal('signed-out') })
  .meta({ id: 'SessionEnded' });
