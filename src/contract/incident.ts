// An incident as it goes over the wire.

import { z } from 'zod';

const action = z.strictObject({
  action: z.string(),
  actor: z.string(),
  reason: z.string(),
  outcome: z.string().nullable().meta({ description: 'null while it is under way' }),
  survivors: z.array(z.int()),
  proof: z.string().nullable().meta({ description: 'how the tree was shown to be empty' }),
});

export const incident = z
  .strictObject({
    incident_id: z.string(),
    run_id: z.string().nullable(),
    attempt: z.int().nullable(),
    status: z.enum(['open', 'closed']),
    exit_reason: z.string(),
    rule: z.string().nullable(),
    title: z.string(),
    reason: z.string(),
    outcome: z.string().nullable(),
    opened_at: z.string(),
    closed_at: z.string().nullable(),
    pid: z.int().nullable(),
    cpu_score: z.number().nullable(),
    entropy_score: z.number().nullable(),
    confidence_score: z.number().nullable(),
    verdict: z.enum(['right', 'false-alarm']).nullable(),
    note: z.string(),
    actions: z.array(action),
  })
  .meta({ id: 'Incident' });

export type Incident = z.infer<typeof incident>;
