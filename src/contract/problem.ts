// How the API says that something went wrong: RFC 9457, with our code and the id of the request.

import { z } from 'zod';

const activeRun = z.strictObject({
  run_id: z.string(),
  name: z.string().nullable(),
  attempt: z.int(),
  phase: z.string(),
});

const field = z.strictObject({
  name: z.string().meta({ description: 'the field as it was sent, e.g. `query.limit`' }),
  problem: z.string(),
});

/** `application/problem+json`. */
export const problem = z
  .strictObject({
    type: z.string().meta({ description: 'where the error is described' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'never changes its meaning, e.g. `FF_NOT_FOUND`' }),
    hint: z.string().meta({ description: 'what to do next' }),
    instance: z.string(),
    request_id: z.string(),
    fields: z.array(field).optional(),
    runs: z
      .array(activeRun)
      .optional()
      .meta({ description: 'with FF_CONFLICT: the active runs to choose from' }),
    retry_after_seconds: z.int().optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;
