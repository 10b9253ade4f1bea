// Our keys, once they are read: nobody else shall find them.

import { forgetVariables } from '../adapters/process/own-environment.ts';
import type { Config } from '../config/config.ts';
import { SECRET_VARIABLES } from '../config/environment.ts';

/** Takes the keys out of our environment, where the command under guard could read them. */
export function hideKeys({ apiKey, masterKey }: Config): void {
  if (apiKey !== null || masterKey !== null) forgetVariables(SECRET_VARIABLES);
}
