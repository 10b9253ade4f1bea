// What a client of the stream may ask for.

import { z } from 'zod';

import { sample } from './run.ts';

/** What is told unless topics are named. */
const COMMON_TOPICS = ['incident', 'audit', 'decision', 'lifecycle', 'status', 'sample'] as const;
const TOPICS = [...COMMON_TOPICS, 'output'] as const;

export type Topic = (typeof TOPICS)[number];

export const streamQuery = z
  .strictObject({
    topics: z
      .string()
      .max(200)
      .optional()
      .transform((text) => (text === undefined ? [...COMMON_TOPICS] : text.split(',')))
      .pipe(z.array(z.enum(TOPICS)).min(1))
      .meta({
        type: 'string',
        description: `comma-separated, of: ${TOPICS.join(', ')}; all but output where absent`,
      }),
    run_id: z.string().min(1).max(100).optional().meta({
      description: 'only what is of this run; `output` needs it',
    }),
    last_event_id: z.coerce.number().int().min(0).optional().meta({
      description: 'as the header Last-Event-ID, for clients that cannot set it',
    }),
  })
  .refine(({ topics, run_id }) => run_id !== undefined || !topics.includes('output'), {
    path: ['run_id'],
    message: 'say whose output: it is told of one run at a time',
  });

export const streamHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .meta({
      description: 'sequence number of the last event the client has; it goes on after that',
    }),
});

/** The data of a `sample`: the latest reading of each run that has a new one. */
export const liveSamples = z.array(sample.extend({ run_id: z.string() }));

/** The data of an `output`: lines of a run that follow each other, secrets taken out. */
export const liveOutput = z.strictObject({
  run_id: z.string(),
  attempt: z.int(),
  first: z
    .int()
    .meta({ description: 'number of the first line; they count from 1 in each attempt' }),
  lines: z.array(z.string()),
  missing: z
    .int()
    .meta({ description: 'lines before these that were not told: there were too many' }),
  skipped_bytes: z
    .int()
    .meta({ description: 'output of the attempt that came too fast to be read' }),
});

export type LiveSample = z.infer<typeof liveSamples>[number];
export type LiveOutput = z.infer<typeof liveOutput>;
