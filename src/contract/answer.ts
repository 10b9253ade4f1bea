// What a person says of an incident.

import { z } from 'zod';

export const answerBody = z
  .strictObject({
    verdict: z.enum(['right', 'false-alarm']),
    note: z.string().max(1000).optional().meta({ description: 'for whoever comes next' }),
  })
  .meta({ id: 'Answer' });
