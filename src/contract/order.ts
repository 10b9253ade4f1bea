// What is asked of a run, and what is answered when the intent is durable.

import { z } from 'zod';

const reason = z.string().min(1).max(1000).optional().meta({ description: 'why, for the audit' });
const expected_attempt = z
  .int()
  .min(1)
  .optional()
  .meta({ description: 'refuse with 409 when the run is at another attempt by now' });

export const orderBody = z.strictObject({ reason, expected_attempt }).meta({ id: 'Order' });

export const processOrderBody = z
  .strictObject({
    reason,
    expected_attempt,
    run_id: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'id or name; not needed where there is one active run' }),
  })
  .meta({ id: 'ProcessOrder' });

export const orderHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional()
    .meta({ description: 'the same key and body give the same answer; nothing is done twice' }),
});

export const orderAnswer = z
  .strictObject({
    status: z.enum(['stop_requested', 'restart_requested', 'pause_requested', 'resume_requested']),
    run_id: z.string(),
    name: z.string().nullable(),
    attempt: z.int(),
    pid: z.int().nullable(),
    lifecycle: z.string().meta({ description: 'the phase of the run after the order' }),
    wanted: z.string(),
    request_id: z.string(),
  })
  .meta({ id: 'OrderAnswer' });

export type OrderAnswer = z.infer<typeof orderAnswer>;
