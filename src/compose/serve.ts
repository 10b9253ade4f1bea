// The API without a run.

import { openEvidence } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { FlowForgeError } from '../core/error.ts';
import type { Narrator } from '../ports.ts';
import { ensureKey, loginLink } from './api-access.ts';
import { hideKeys } from './own-keys.ts';
import { keepWithinBounds } from './retention.ts';
import { serviceManager } from './service-manager.ts';
import { tryListen, urlOf } from './serving.ts';

export interface Serving {
  readonly url: string;
  /** Where a key was written to, when one had to be made. */
  readonly keyFile: string | null;
  /** Null where an API of the same evidence answered already, and goes on without us. */
  readonly close: (() => void) | null;
}

/**
 * Listens until it is closed, and keeps the evidence within its bounds meanwhile.
 *
 * @throws FlowForgeError FF_CONFLICT when another program has the port
 */
export async function serve(config: Config, narrator: Narrator): Promise<Serving> {
  hideKeys(config);
  const store = openEvidence(config);
  const outcome = await tryListen(config, { store, keepsAlive: true, say: narrator.say }).catch(
    (error) => {
      store.close();
      throw error;
    },
  );
  if (outcome.type === 'listening') {
    const { url, close } = outcome;
    const stopPruning = keepWithinBounds(config, narrator);
    const manager = serviceManager(config, narrator);
    manager.ready(`the API answers at ${url}`);
    const closeAll = (): void => {
      manager.close();
      stopPruning();
      close();
      store.close();
    };
    return { url, keyFile: ensureKey(config), close: closeAll };
  }
  store.close();
  if (outcome.by === 'ours') {
    const url = urlOf(config.bindHost, config.port);
    return { url, keyFile: ensureKey(config), close: null };
  }
  throw new FlowForgeError('FF_CONFLICT', `port ${config.port} is taken by another program`, {
    hint: 'Choose another with --port; 0 takes any free one.',
  });
}

export { loginLink };
