// The one live connection of the page: how each run is, once a second, and every event as it happens. It comes back
// by itself, goes on after the last event it has, and says honestly how fresh what is shown is.

import { useMemo, useSyncExternalStore } from 'react';
import type { LiveSample } from '../../../src/contract/stream.ts';
import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { soon } from './beat.ts';
import type { RunStatus } from './reading.ts';

/** How fresh the page is. `stale`: connected, but nothing came for a while. */
export type Freshness = 'connecting' | 'live' | 'stale' | 'offline' | 'signed-out';

export interface LiveState {
  readonly freshness: Freshness;
  /** When the last word came, by this browser's clock; null before the first. */
  readonly heardAtMs: number | null;
  readonly statuses: ReadonlyMap<string, RunStatus>;
}

/** Readings kept per run: ten minutes. */
const SAMPLES_MAX = 600;
/** Words come once a second; after this silence what is shown may be wrong. */
const STALE_AFTER_MS = 5_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;
/** A page nobody looks at gives its connection back: a browser has only six for a host. */
const HIDDEN_FOR_MS = 15_000;
const GATHER_MS = 150;

const TOPICS = 'incident,audit,decision,lifecycle,status,sample';
const ITEM_TYPES = ['incident', 'audit', 'decision', 'lifecycle'] as const;

export class LiveFeed {
  #state: LiveState = { freshness: 'connecting', heardAtMs: null, statuses: new Map() };
  readonly #samples = new Map<string, readonly LiveSample[]>();
  readonly #listeners = new Set<() => void>();
  readonly #onItems: (items: readonly TimelineItem[]) => void;
  readonly #onReturn: () => void;
  #source: EventSource | null = null;
  #lastEventId = '';
  #retryMs = RETRY_MIN_MS;
  #retry: number | undefined;
  #watch: number | undefined;
  #hide: number | undefined;
  #gathered: TimelineItem[] = [];
  #gather: number | undefined;
  #wasLost = false;

  /** `onItems` hears of events, gathered; `onReturn` of a connection that was lost and is back. */
  constructor(onItems: (items: readonly TimelineItem[]) => void, onReturn: () => void) {
    this.#onItems = onItems;
    this.#onReturn = onReturn;
  }

  start(): void {
    this.#connect();
    this.#watch = window.setInterval(() => this.#lookAtClock(), 1_000);
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  stop(): void {
    this.#disconnect();
    window.clearInterval(this.#watch);
    window.clearTimeout(this.#hide);
    document.removeEventListener('visibilitychange', this.#onVisibility);
  }

  /** Tries again at once: after signing in, or when a person asks for it. */
  reconnect(): void {
    this.#disconnect();
    this.#retryMs = RETRY_MIN_MS;
    this.#connect();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LiveState => this.#state;

  readonly samples = (runId: string): readonly LiveSample[] =>
    this.#samples.get(runId) ?? NO_SAMPLES;

  #connect(): void {
    window.clearTimeout(this.#retry);
    const after = this.#lastEventId === '' ? '' : `&last_event_id=${this.#lastEventId}`;
    const source = new EventSource(`/v1/stream?topics=${TOPICS}${after}`);
    this.#source = source;
    source.onerror = () => this.#lost();
    source.addEventListener('snapshot', (event) => this.#opened(event));
    source.addEventListener('gap', () => this.#onReturn());
    source.addEventListener('status', (event) => this.#heardStatus(JSON.parse(event.data)));
    source.addEventListener('sample', (event) => this.#heardSamples(JSON.parse(event.data)));
    for (const type of ITEM_TYPES) {
      source.addEventListener(type, (event) => this.#heardItem(event));
    }
  }

  #disconnect(): void {
    this.#source?.close();
    this.#source = null;
    window.clearTimeout(this.#retry);
  }

  #opened(event: MessageEvent): void {
    this.#lastEventId = event.lastEventId;
    this.#retryMs = RETRY_MIN_MS;
    this.#set({ freshness: 'live', heardAtMs: Date.now() });
    if (this.#wasLost) this.#onReturn();
    this.#wasLost = false;
  }

  #lost(): void {
    this.#disconnect();
    this.#wasLost = true;
    const isNew = this.#state.heardAtMs === null && this.#retryMs < RETRY_MAX_MS;
    this.#set({ freshness: isNew ? 'connecting' : 'offline' });
    this.#retry = window.setTimeout(() => this.#tryAgain(), this.#retryMs);
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
  }

  /** A stream does not say why it was refused; where a key is needed, trying again and again does not help. */
  #tryAgain(): void {
    fetch('/v1/runs?limit=1', { credentials: 'same-origin' }).then(
      ({ status }) => {
        if (status === 401 || status === 403) this.#set({ freshness: 'signed-out' });
        else this.#connect();
      },
      () => this.#lost(),
    );
  }

  #heardItem(event: MessageEvent): void {
    this.#lastEventId = event.lastEventId;
    this.#gathered.push(JSON.parse(event.data) as TimelineItem);
    this.#gather ??= window.setTimeout(() => {
      const items = this.#gathered;
      this.#gathered = [];
      this.#gather = undefined;
      this.#onItems(items);
    }, GATHER_MS);
  }

  #heardStatus(told: readonly RunStatus[]): void {
    for (const runId of this.#samples.keys()) {
      if (!told.some(({ run_id }) => run_id === runId)) this.#samples.delete(runId);
    }
    const statuses = new Map(told.map((status) => [status.run_id, status]));
    this.#set({ freshness: 'live', heardAtMs: Date.now(), statuses });
  }

  #heardSamples(told: readonly LiveSample[]): void {
    for (const sample of told) {
      const kept = this.#samples.get(sample.run_id) ?? NO_SAMPLES;
      this.#samples.set(sample.run_id, [...kept.slice(1 - SAMPLES_MAX), sample]);
    }
    this.#set({ heardAtMs: Date.now() });
  }

  #lookAtClock(): void {
    const { freshness, heardAtMs } = this.#state;
    if (freshness !== 'live' || heardAtMs === null) return;
    if (Date.now() - heardAtMs > STALE_AFTER_MS) this.#set({ freshness: 'stale' });
  }

  readonly #onVisibility = (): void => {
    window.clearTimeout(this.#hide);
    if (document.hidden) {
      this.#hide = window.setTimeout(() => {
        this.#disconnect();
        this.#wasLost = true;
        this.#set({ freshness: 'connecting' });
      }, HIDDEN_FOR_MS);
    } else if (this.#source === null) {
      this.reconnect();
    }
  };

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    soon(this.#tell);
  }

  readonly #tell = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

const NO_SAMPLES: readonly LiveSample[] = [];

/** How fresh what is shown is. */
export const useFreshness = (feed: LiveFeed): Freshness =>
  useSyncExternalStore(feed.subscribe, () => feed.state().freshness);

/** How a run is, by its supervisor; undefined while nothing is known of it. */
export const useStatus = (feed: LiveFeed, runId: string): RunStatus | undefined =>
  useSyncExternalStore(feed.subscribe, () => feed.state().statuses.get(runId));

/** The same, without what changes with every word of it: how it stands, not how much it uses. */
export function useStanding(feed: LiveFeed, runId: string): RunStatus | undefined {
  const standing = useSyncExternalStore(feed.subscribe, () => {
    const { phase, attempt, pid, incident_id } = feed.state().statuses.get(runId) ?? {};
    return [phase, attempt, pid, incident_id].join();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what says that something changed
  return useMemo(() => feed.state().statuses.get(runId), [feed, runId, standing]);
}

/** The latest readings of a run, and again as they come. */
export const useLiveSamples = (feed: LiveFeed, runId: string): readonly LiveSample[] =>
  useSyncExternalStore(feed.subscribe, () => feed.samples(runId));
