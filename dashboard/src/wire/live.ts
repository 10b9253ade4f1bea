// The one live connection of the page: how each run is, once a second, and every event as it happens. It comes back
// by itself, goes on after the last event it has, and says honestly how fresh what is shown is.

import { useMemo, useSyncExternalStore } from 'react';
import type { LiveSample } from '../../../src/contract/stream.ts';
import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { soon } from './beat.ts';
import { NOT_ANSWERING, type RunStatus } from './reading.ts';

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
/** After this one the connection is given up, and asked for anew. */
const GIVE_UP_AFTER_MS = 15_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;
/** A page nobody looks at gives its connection back: a browser has only six for a host. */
const HIDDEN_FOR_MS = 15_000;
const GATHER_MS = 150;

const TOPICS = 'incident,audit,decision,lifecycle,status,sample';
const ITEM_TYPES = ['incident', 'audit', 'decision', 'lifecycle'] as const;

/** Who hears what the feed tells. */
export interface Hearers {
  /** Events, gathered. */
  readonly onItems: (items: readonly TimelineItem[]) => void;
  /** The connection was lost and is back. */
  readonly onReturn: () => void;
  /** These runs came, fell silent, answer again, or are gone. Settles when what is kept of them has been read again. */
  readonly onRuns: (runIds: readonly string[]) => Promise<void>;
}

export class LiveFeed {
  #state: LiveState = { freshness: 'connecting', heardAtMs: null, statuses: new Map() };
  readonly #samples = new Map<string, readonly LiveSample[]>();
  readonly #listeners = new Set<() => void>();
  readonly #hearers: Hearers;
  #source: EventSource | null = null;
  #lastEventId = '';
  #retryMs = RETRY_MIN_MS;
  #retry: number | undefined;
  #watch: number | undefined;
  #hide: number | undefined;
  #gathered: TimelineItem[] = [];
  #gather: number | undefined;
  #wasLost = false;
  #hasStatuses = false;
  /** When the connection was asked for. */
  #askedAtMs = 0;
  /** Which connection is meant: what an earlier one still brings is nobody's. */
  #turn = 0;

  constructor(hearers: Hearers) {
    this.#hearers = hearers;
  }

  start(): void {
    this.#connect();
    this.#watch = window.setInterval(() => this.#lookAtClock(), 1_000);
    document.addEventListener('visibilitychange', this.#onVisibility);
    if (document.hidden) this.#onVisibility();
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
    this.#disconnect();
    this.#askedAtMs = Date.now();
    const after = this.#lastEventId === '' ? '' : `&last_event_id=${this.#lastEventId}`;
    const source = new EventSource(`/v1/stream?topics=${TOPICS}${after}`);
    this.#source = source;
    source.onerror = () => this.#lost();
    source.addEventListener('snapshot', (event) => this.#opened(event));
    source.addEventListener('gap', () => this.#hearers.onReturn());
    source.addEventListener('status', (event) => this.#heardStatus(JSON.parse(event.data)));
    source.addEventListener('sample', (event) => this.#heardSamples(JSON.parse(event.data)));
    for (const type of ITEM_TYPES) {
      source.addEventListener(type, (event) => this.#heardItem(event));
    }
  }

  #disconnect(): void {
    this.#turn += 1;
    this.#source?.close();
    this.#source = null;
    window.clearTimeout(this.#retry);
  }

  #opened(event: MessageEvent): void {
    this.#lastEventId = event.lastEventId;
    this.#retryMs = RETRY_MIN_MS;
    this.#set({ freshness: 'live', heardAtMs: Date.now() });
    if (this.#wasLost) {
      // What came before the hole is read again, and the hole with it.
      this.#samples.clear();
      this.#hearers.onReturn();
    }
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
    const turn = this.#turn;
    const signal = AbortSignal.timeout(GIVE_UP_AFTER_MS);
    fetch('/v1/runs?limit=1', { credentials: 'same-origin', signal }).then(
      ({ status }) => {
        if (turn !== this.#turn) return;
        if (status === 401 || status === 403) this.#set({ freshness: 'signed-out' });
        else this.#connect();
      },
      () => {
        if (turn === this.#turn) this.#lost();
      },
    );
  }

  #heardItem(event: MessageEvent): void {
    this.#lastEventId = event.lastEventId;
    this.#gathered.push(JSON.parse(event.data) as TimelineItem);
    this.#gather ??= window.setTimeout(() => {
      const items = this.#gathered;
      this.#gathered = [];
      this.#gather = undefined;
      this.#hearers.onItems(items);
    }, GATHER_MS);
  }

  #heardStatus(told: readonly RunStatus[]): void {
    const before = this.#state.statuses;
    const statuses = new Map(told.map((status) => [status.run_id, status]));
    this.#set({ freshness: 'live', heardAtMs: Date.now(), statuses });
    const isFirst = !this.#hasStatuses;
    this.#hasStatuses = true;
    if (isFirst) return;
    const changed = [...new Set([...before.keys(), ...statuses.keys()])].filter(
      (runId) => presence(before.get(runId)) !== presence(statuses.get(runId)),
    );
    if (changed.length > 0) void this.#readAgain(changed);
  }

  /** Live readings from before such a change give way to what was kept, which has no hole, once that is here. */
  async #readAgain(runIds: readonly string[]): Promise<void> {
    const told = runIds.filter((runId) => !isSilent(this.#state.statuses.get(runId)));
    const before = told.map((runId) => [runId, this.samples(runId).at(-1)?.at ?? ''] as const);
    try {
      await this.#hearers.onRuns(runIds);
    } catch {
      // It could not be read: what came live is the best there is.
      return;
    }
    for (const [runId, upto] of before) {
      const since = this.samples(runId).filter(({ at }) => at > upto);
      if (since.length > 0) this.#samples.set(runId, since);
      else this.#samples.delete(runId);
    }
    soon(this.#tell);
  }

  #heardSamples(told: readonly LiveSample[]): void {
    for (const sample of told) {
      const kept = this.samples(sample.run_id);
      this.#samples.set(sample.run_id, [...kept.slice(1 - SAMPLES_MAX), sample]);
    }
    this.#set({ heardAtMs: Date.now() });
  }

  #lookAtClock(): void {
    const { freshness, heardAtMs } = this.#state;
    if (this.#source === null) return;
    const silentMs = Date.now() - Math.max(heardAtMs ?? 0, this.#askedAtMs);
    if (silentMs > GIVE_UP_AFTER_MS) this.#lost();
    else if (freshness === 'live' && silentMs > STALE_AFTER_MS) this.#set({ freshness: 'stale' });
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

const isSilent = (status: RunStatus | undefined): boolean => status?.phase === NOT_ANSWERING;

/** Whether a run is there, and answers. */
const presence = (status: RunStatus | undefined): string =>
  status === undefined ? 'gone' : isSilent(status) ? 'silent' : 'there';

/** How fresh what is shown is. */
export const useFreshness = (feed: LiveFeed): Freshness =>
  useSyncExternalStore(feed.subscribe, () => feed.state().freshness);

/** Whether there is a connection: not where nobody looks at the page, nor where nobody answers. */
export const useIsConnected = (feed: LiveFeed): boolean =>
  useSyncExternalStore(feed.subscribe, () => ['live', 'stale'].includes(feed.state().freshness));

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
