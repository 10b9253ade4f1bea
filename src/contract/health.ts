// What probes are told.

import { z } from 'zod';

export const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

const check = z.strictObject({
  state: z
    .enum(['ok', 'warn', 'fail'])
    .meta({ description: 'a warning is to be known, and leaves the guard ready' }),
  detail: z.string(),
  hint: z.string().nullable().meta({ description: 'what to do; null where all is well' }),
});

export const readiness = z
  .strictObject({
    status: z.enum(['ready', 'not-ready']),
    checks: z.record(z.string(), check),
  })
  .meta({ id: 'Readiness' });

export const readyQuery = z.object({
  verbose: z.string().optional().meta({ description: 'a line of text per check' }),
});

export type Readiness = z.infer<typeof readiness>;
