// The API without a run.

import { openEvidence } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { FlowForgeError } from '../core/error.ts';
import { ensureKey } from './first-key.ts';
import { tryListen } from './serving.ts';

export interface Serving {
  readonly url: string;
  /** Where a key was written to, when one had to be made. */
  readonly keyFile: string | null;
  close(): void;
}

/**
 * Listens until it is closed. Gives null where an API of the same evidence answers already.
 *
 * @throws FlowForgeError FF_CONFLICT when another program has the port
 */
export async function serve(config: Config): Promise<Serving | null> {
  const store = openEvidence(config);
  const outcome = await tryListen(config, { store, keepsAlive: true }).catch((error) => {
    store.close();
    throw error;
  });
  if (outcome.type === 'listening') {
    const { url, close } = outcome;
    const keyFile = ensureKey(config);
    return {
      url,
      keyFile,
      close() {
        close();
        store.close();
      },
    };
  }
  store.close();
  if (outcome.by === 'ours') return null;
  throw new FlowForgeError('FF_CONFLICT', `port ${config.port} is taken by another program`, {
    hint: 'Choose another with --port; 0 takes any free one.',
  });
}
