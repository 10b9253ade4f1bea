// What every listing takes: how many, from where, since when. Unknown parameters are refused: most likely a slip of the pen.

import { z } from 'zod';

const LIST_MAX = 500;
const SAMPLES_MAX = 10_000;

const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(LIST_MAX)
  .optional()
  .meta({ description: 'how many items at most; 50 when absent' });

const cursor = z.coerce
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ description: 'from the `next` link of the page before' });

const since = z.iso
  .datetime({ offset: true })
  .optional()
  .meta({ description: 'an instant in RFC 3339; nothing older is given' });

const id = z.string().min(1).max(100);

export const timelineQuery = z.strictObject({
  incident_id: id.optional().meta({ description: 'the chain of an incident, oldest first' }),
  run_id: id.optional().meta({ description: 'the chain of a run, oldest first' }),
  type: z.enum(['incident', 'audit', 'decision', 'lifecycle']).optional(),
  since,
  limit,
  cursor,
});

export const incidentsQuery = z.strictObject({ run_id: id.optional(), since, limit, cursor });

export const runsQuery = z.strictObject({
  state: z
    .enum(['active'])
    .optional()
    .meta({ description: 'all runs that live, on one page, however long ago they began' }),
  since,
  limit,
  cursor,
});

export const samplesQuery = z.strictObject({
  since,
  until: since,
  limit: z.coerce.number().int().min(1).max(SAMPLES_MAX).optional(),
});

export const outputQuery = z.strictObject({ attempt: z.coerce.number().int().min(1).optional() });

export const byId = z.strictObject({ id: id.meta({ description: 'the id' }) });
