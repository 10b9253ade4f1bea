// A run as it goes over the wire: what the evidence knows of it, and how it is at this moment.

import { z } from 'zod';

export const run = z
  .strictObject({
    run_id: z.string(),
    name: z.string().nullable(),
    argv: z.array(z.string()).meta({ description: 'secrets taken out' }),
    cwd: z.string(),
    profile: z.string().nullable(),
    rollout: z.string().nullable(),
    max_cpu_percent: z
      .number()
      .nullable()
      .meta({ description: 'what counts as busy, of one core' }),
    max_memory_bytes: z.number().nullable().meta({ description: 'null: no limit' }),
    alert_at: z.number().nullable().meta({ description: 'confidence that raises an alert' }),
    stop_at: z.number().nullable().meta({ description: 'confidence that stops, once it holds' }),
    state: z.enum(['active', 'ended', 'lost', 'unknown']).meta({
      description: 'lost: its supervisor is gone; unknown: it is of another host',
    }),
    phase: z.string().nullable().meta({ description: 'of an active run, e.g. `running`' }),
    attempt: z.int(),
    pid: z.int().nullable(),
    containment: z.string().nullable(),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    exit_reason: z.string().nullable(),
    exit_code: z.int().nullable(),
    reason: z.string().nullable(),
    duration_ms: z.number().nullable(),
    cpu_percent: z.number().nullable(),
    rss_bytes: z.number().nullable(),
    process_count: z.int().nullable(),
    output_lines: z.int(),
    cpu_peak_percent: z.number(),
    rss_peak_bytes: z.number(),
    survivors: z.int().nullable(),
    incident_id: z.string().nullable().meta({ description: 'the open incident, if there is one' }),
  })
  .meta({ id: 'Run' });

export type Run = z.infer<typeof run>;

export const sample = z
  .strictObject({
    at: z.string(),
    attempt: z.int(),
    period_seconds: z.number(),
    cpu_percent: z.number(),
    demand_percent: z.number(),
    rss_bytes: z.number(),
    process_count: z.number(),
    output_bytes_per_second: z.number(),
    output_lines_per_second: z.number(),
    cpu_score: z.number(),
    entropy_score: z.number(),
    confidence_score: z.number(),
  })
  .meta({ id: 'Sample' });

export const output = z
  .strictObject({
    run_id: z.string(),
    frozen: z
      .array(
        z.strictObject({
          at: z.string(),
          attempt: z.int().nullable(),
          incident_id: z.string().nullable(),
          last_lines: z.array(z.string()),
        }),
      )
      .meta({
        description: 'the last lines as they were when the evidence was frozen, oldest first',
      }),
  })
  .meta({ id: 'Output' });

export type Sample = z.infer<typeof sample>;
export type Output = z.infer<typeof output>;
