// What a client of the stream may ask for.

import { z } from 'zod';

const TOPICS = ['incident', 'audit', 'decision', 'lifecycle', 'status'] as const;

export const streamQuery = z.strictObject({
  topics: z
    .string()
    .max(200)
    .optional()
    .transform((text) => (text === undefined ? [...TOPICS] : text.split(',')))
    .pipe(z.array(z.enum(TOPICS)).min(1))
    .meta({ type: 'string', description: `comma-separated, of: ${TOPICS.join(', ')}` }),
  last_event_id: z.coerce.number().int().min(0).optional().meta({
    description: 'as the header Last-Event-ID, for clients that cannot set it',
  }),
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
