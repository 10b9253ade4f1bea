// The policy in force, as it goes over the wire.

import { z } from 'zod';

const setting = z.strictObject({
  key: z.string(),
  group: z.string().meta({ description: 'the heading that it stands under' }),
  about: z.string().meta({ description: 'what it does, in a sentence' }),
  value: z.string().meta({ description: 'as the configuration would write it' }),
  from: z.string().meta({ description: 'flag, variable, file, profile or default' }),
  where: z.string().meta({ description: 'e.g. `/etc/flowforge/flowforge.yaml:3`' }),
});

export const policy = z
  .strictObject({
    settings: z.array(setting).meta({
      description: 'of the FlowForge that answers; a run may have been given others by flag',
    }),
  })
  .meta({ id: 'Policy' });

export type Policy = z.infer<typeof policy>;
