// The API without a run.

import type { Store } from '../adapters/sqlite/store.ts';
import { openEvidence } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { FlowForgeError } from '../core/error.ts';
import type { Narrator, ServiceManager } from '../ports.ts';
import { ensureKey, loginLink } from './api-access.ts';
import { hideKeys } from './own-keys.ts';
import { keepWithinBounds } from './retention.ts';
import { serviceManager } from './service-manager.ts';
import { answering, takeOver, tryListen, urlOf } from './serving.ts';

export interface Serving {
  readonly url: string;
  /** Where a key was written to, when one had to be made. */
  readonly keyFile: string | null;
  /** Who answers: we, or, as long as it goes on, a run that was there before; `another` API of this evidence goes on without us. */
  readonly by: 'us' | 'a run' | 'another';
  /** Ends it; there is nothing to end where another answers. */
  readonly close: (() => void) | null;
}

interface World {
  readonly config: Config;
  readonly narrator: Narrator;
  readonly manager: ServiceManager;
  readonly store: Store;
}

/**
 * Listens until it is closed, and keeps the evidence within its bounds meanwhile. Where a run answers, it takes over
 * when that run ends.
 *
 * @throws FlowForgeError FF_CONFLICT when another program has the port
 */
export async function serve(config: Config, narrator: Narrator): Promise<Serving> {
  hideKeys(config);
  const manager = serviceManager(config, narrator);
  const store = openEvidence(config);
  const world = { config, narrator, manager, store };
  try {
    const outcome = await tryListen(config, { store, keepsAlive: true, say: narrator.say });
    if (outcome.type === 'listening') {
      const close = keepUp(world, outcome);
      return { url: outcome.url, keyFile: ensureKey(config), by: 'us', close };
    }
    if (outcome.by === 'stranger') throw taken(config.port);
    const url = urlOf(config.bindHost, config.port);
    const keyFile = ensureKey(config);
    if (answering(config)?.isLasting) {
      store.close();
      return { url, keyFile, by: 'another', close: null };
    }
    const close = takeOver(config, store, narrator.say);
    return { url, keyFile, by: 'a run', close: keepUp(world, { url, close }) };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** What goes on beside the API until the returned function ends all of it. */
function keepUp(
  { config, narrator, manager, store }: World,
  { url, close }: { readonly url: string; close(): void },
): () => void {
  const stopPruning = keepWithinBounds(config, narrator);
  manager.ready(`the API answers at ${url}`);
  return () => {
    manager.close();
    stopPruning();
    close();
    store.close();
  };
}

const taken = (port: number): FlowForgeError =>
  new FlowForgeError('FF_CONFLICT', `port ${port} is taken by another program`, {
    hint: 'Choose another with --port; 0 takes any free one.',
  });

export { loginLink };
