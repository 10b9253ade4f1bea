// An item of the timeline as it goes over the wire.

import { z } from 'zod';

const score = z.number().nullable().meta({ description: '0 to 100' });

export const timelineItem = z
  .strictObject({
    seq: z.int(),
    event_id: z.string(),
    run_id: z.string().nullable(),
    attempt: z.int().nullable(),
    incident_id: z.string().nullable(),
    type: z.enum(['incident', 'audit', 'decision', 'lifecycle']),
    event_type: z.string().meta({ description: 'the exact event, e.g. `action.completed`' }),
    timestamp: z.string().meta({ description: 'RFC 3339, UTC, milliseconds' }),
    title: z.string(),
    summary: z.string(),
    reason: z.string().nullable(),
    actor: z.string().nullable(),
    action: z.string().nullable(),
    pid: z.int().nullable(),
    cpu_score: score,
    entropy_score: score,
    confidence_score: score,
    evidence: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineItem' });

export type TimelineItem = z.infer<typeof timelineItem>;
