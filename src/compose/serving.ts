// Lets the API listen: takes the port when it is free, says so when a stranger has it, and takes over when whoever
// answered there is gone. The API itself is loaded only by who has the port.

import { type Beacon, dimBeacon, lightBeacon, readBeacon } from '../adapters/http/beacon.ts';
import { isAlive } from '../adapters/process/process-table.ts';
import type { Store } from '../adapters/sqlite/store.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/load.ts';
import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import type { Cancel } from '../ports.ts';
import { createLagMeter } from './lag-meter.ts';
import { originIn } from './origin.ts';

/** What became of an attempt to listen. */
export type Outcome =
  | { readonly type: 'listening'; readonly url: string; close(): void }
  /** Somebody else has the port: an API of the same evidence, or a stranger. */
  | { readonly type: 'taken'; readonly by: 'ours' | 'stranger' };

/**
 * Listens once. Throws where the address cannot be had at all.
 *
 * @throws FlowForgeError FF_CONFIG_INVALID where others could reach it and there is no key
 */
export async function tryListen(
  config: Config,
  { store, keepsAlive, say }: { store: Store; keepsAlive: boolean } & Pick<ApiVoice, 'say'>,
): Promise<Outcome> {
  const { bindHost: host, port, stateDir, dbPath } = config;
  if (isKeylessForOthers(config)) throw keyless(host);
  const { listen } = await import('../adapters/http/listen.ts');
  let closeApi = (): void => {};
  const lag = createLagMeter();
  const listening = await listen({ host, port, keepsAlive }, async (taken) => {
    const { composeApi } = await import('./api.ts');
    const api = composeApi(config, { store, lag, port: taken, say });
    closeApi = () => api.close();
    return api.fetch;
  }).catch((error: unknown) => {
    lag.stop();
    throw error;
  });
  if (!listening) {
    lag.stop();
    return { type: 'taken', by: answering(config)?.dbPath === dbPath ? 'ours' : 'stranger' };
  }
  const { supervisor } = originIn(stateDir);
  const { port: taken } = listening;
  const close = (): void => {
    lag.stop();
    dimBeacon(stateDir, taken);
    closeApi();
    listening.close();
  };
  try {
    lightBeacon(stateDir, { ...supervisor, host, port: taken, dbPath, isLasting: keepsAlive });
  } catch (error) {
    // A disk that is full is when one wants to look; others merely do not know that it is ours who answer.
    say(`cannot note in ${stateDir} who answers on port ${taken}: ${(error as Error).message}`);
  }
  return { type: 'listening', url: urlOf(host, taken), close };
}

/** Whether other hosts could reach the API, and it would know none of them by a key. */
export const isKeylessForOthers = ({ bindHost, apiKey }: Config): boolean =>
  !isLoopback(bindHost) && apiKey === null;

const keyless = (host: string): FlowForgeError =>
  new FlowForgeError(
    'FF_CONFIG_INVALID',
    `bind-host ${host} can be reached from other hosts, and there is no key`,
    {
      hint: 'Set FLOWFORGE_API_KEY, or FLOWFORGE_API_KEY_FILE: `openssl rand -hex 32` makes one.',
    },
  );

/** The address of the API, for people and programs. */
export function urlOf(host: string, port: number): string {
  // Every address is no address to go to.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Who answers on the port of a configuration, as it said itself when it began; null for nobody that is ours. */
export function answering({ stateDir, port }: Config): Beacon | null {
  const beacon = readBeacon(stateDir, port);
  return beacon !== null && isAlive(beacon.pid, beacon.startTicks) ? beacon : null;
}

/** How a run speaks of its API. */
export interface ApiVoice {
  say(sentence: string): void;
  /** Whether a person sits there who may follow a link that signs in: it must not end up in a log. */
  readonly isWatched: boolean;
}

/**
 * Offers the API beside a run: after a moment, so that a short run never pays for it, and again and again while
 * another has the port, so that runs stay reachable when that one ends. The voice is told once. Without `api` in the
 * configuration there is none.
 */
export function offerApi(config: Config, store: Store, voice: ApiVoice): Cancel {
  if (!config.api) return () => {};
  let close = (): void => {};
  let isOver = false;
  let isTold = false;
  let cancel: Cancel = () => {};
  const tell = (sentence: string): void => {
    if (!isTold) voice.say(sentence);
    isTold = true;
  };
  const invite = async (outcome: Outcome): Promise<void> => {
    if (voice.isWatched && !isTold) tell(await invitation(config, outcome));
  };
  const attempt = async (): Promise<void> => {
    const outcome = await tryListen(config, { store, keepsAlive: false, say: voice.say });
    if (outcome.type === 'taken') {
      if (outcome.by === 'stranger') tell(strangerAt(config.port));
      if (!isOver) cancel = systemClock.after(LIMITS.apiPortRetryMs, begin);
    } else {
      close = outcome.close;
      if (isOver) close();
    }
    await invite(outcome);
  };
  const begin = (): void => {
    attempt().catch((error: unknown) => {
      tell(`no API for this run: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  cancel = systemClock.after(LIMITS.apiAfterMs, begin);
  return () => {
    isOver = true;
    cancel();
    close();
  };
}

/** Takes the port when who answers there has ended, and keeps the process alive for it. `say` is told when it has. */
export function takeOver(config: Config, store: Store, say: ApiVoice['say']): Cancel {
  let close = (): void => {};
  let isBusy = false;
  let isTold = false;
  const attempt = async (): Promise<void> => {
    const outcome = await tryListen(config, { store, keepsAlive: true, say });
    if (outcome.type === 'taken') {
      if (outcome.by === 'stranger' && !isTold) say(strangerTakes(config.port));
      isTold = outcome.by === 'stranger';
      return;
    }
    clearInterval(timer);
    close = outcome.close;
    say(`the API answers at ${outcome.url} now`);
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    attempt()
      .catch((error: Error) => say(`cannot take over the API: ${error.message}`))
      .finally(() => {
        isBusy = false;
      });
  }, LIMITS.apiTakeOverMs);
  return () => {
    clearInterval(timer);
    close();
  };
}

const strangerAt = (port: number): string =>
  `port ${port} is taken by another program: no API for this run (--port, --no-api)`;

const strangerTakes = (port: number): string =>
  `port ${port} is taken by another program: the API answers once it is free`;

/** Where the person at the terminal signs in: at our API, or at the one that answers for us. */
async function invitation(config: Config, outcome: Outcome): Promise<string> {
  const { loginLink } = await import('./api-access.ts');
  const url = outcome.type === 'listening' ? outcome.url : urlOf(config.bindHost, config.port);
  return `dashboard: ${loginLink(config, url)}`;
}
