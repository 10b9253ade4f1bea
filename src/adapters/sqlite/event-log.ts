// The event log on SQLite. It never throws for a failing disk: events are kept aside and replayed in order.

import type { StoredSample } from '../../core/detection/sample.ts';
import type { EventType, FactOf, UnstoredEvent } from '../../core/event.ts';
import type { RunId } from '../../core/id.ts';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, later, type MonotonicMs } from '../../core/time.ts';
import type { Cancel, Clock, EventLog, IdSource, Stored } from '../../ports.ts';
import { Connection } from './connection.ts';
import type { FileIdentity } from './database.ts';
import { type EncodedEvent, encodeEvent, type Seal } from './event-codec.ts';
import { KeptAside } from './kept-aside.ts';
import type { Keyring } from './keyring.ts';
import { SampleThinning, type TimedSample } from './sample-thinning.ts';
import { SQLITE, sqliteCode } from './sqlite.ts';
import { repair, troubleOf } from './trouble.ts';

export interface LogContext {
  readonly path: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly seal: Seal | null;
  readonly keyring: Keyring | null;
}

type StoreFact = FactOf<'store.degraded' | 'store.recovered'>;

const READ_UP_TO: readonly EventType[] = ['incident.opened', 'incident.closed', 'attempt.ended'];

export class SqliteEventLog implements EventLog {
  readonly #context: LogContext;
  readonly #thinnings = new Map<RunId, SampleThinning>();
  readonly #aside: KeptAside;
  #connection: Connection | null;
  /** The file that we write, or wrote last. */
  #ours: FileIdentity;
  #grouped: EncodedEvent[] = [];
  #samples: TimedSample[] = [];
  #cancelFlush: Cancel | null = null;
  #cancelRetry: Cancel | null = null;
  #retryMs: number = LIMITS.storeRetryMinMs;
  #retryAt: MonotonicMs | null = null;
  #trouble: string | null = null;
  #lastStamp: Pick<UnstoredEvent, 'hostId' | 'bootId'> | null = null;

  constructor(context: LogContext, connection: Connection) {
    this.#context = context;
    this.#connection = connection;
    this.#ours = connection.database.identity;
    this.#aside = new KeptAside(context.path);
  }

  append(events: readonly UnstoredEvent[], commit: 'durable' | 'grouped'): Stored {
    if (!this.#lastStamp) this.#aside.reserveLater(this.#context.clock);
    this.#lastStamp = events.at(-1) ?? this.#lastStamp;
    for (const event of events) this.#keepReadingBefore(event);
    const rows = events.map((event) => encodeEvent(event, this.#context.seal));
    if (!this.#connection) return this.#appendWithout(rows);
    this.#grouped.push(...rows);
    const isFull = this.#grouped.length >= LIMITS.groupedEventsMax;
    if (commit === 'durable' || isFull) return this.#flush();
    this.#flushLater();
    return 'stored';
  }

  appendSample(runId: RunId, attempt: number, at: EpochMs, sample: StoredSample): void {
    const thinning = this.#thinnings.get(runId) ?? new SampleThinning();
    this.#thinnings.set(runId, thinning);
    this.#samples.push(...thinning.take({ runId, attempt, at, sample }));
    this.#samples.splice(0, this.#samples.length - LIMITS.unstoredSamplesMax);
    if (this.#samples.length > 0 && this.#connection) this.#flushLater();
  }

  /** A run is read up to the instant at which something happened to it, however quiet it was. */
  #keepReadingBefore({ type, runId }: UnstoredEvent): void {
    if (runId === null || !READ_UP_TO.includes(type)) return;
    this.#samples.push(...(this.#thinnings.get(runId)?.rest() ?? []));
  }

  trouble(): string | null {
    return this.#trouble;
  }

  /** The open database, or null while there is none. */
  connection(): Connection | null {
    return this.#connection;
  }

  /** Writes what waits for the next group, or, after a failure, tries again. */
  flush(): void {
    if (this.#connection) this.#flush();
    else this.#recover();
  }

  /** Writes what waits, signs the end of the chain, and lets go of the file. */
  close(): void {
    this.flush();
    if (this.#connection && this.#lastStamp) this.#sign(this.#connection);
    this.#cancelFlush?.();
    this.#cancelRetry?.();
    this.#aside.close();
    this.#connection?.close();
    this.#connection = null;
  }

  #appendWithout(rows: readonly EncodedEvent[]): Stored {
    const stored = this.#keepAside(rows);
    const isDue = this.#retryAt !== null && this.#context.clock.monotonic() >= this.#retryAt;
    return isDue && this.#retry() ? 'stored' : stored;
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#context.clock.after(LIMITS.groupCommitMs, () => this.#flush());
  }

  /** Writes all that waits, in order. */
  #flush(): Stored {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const events = this.#grouped;
    this.#grouped = [];
    if (!this.#connection) return this.#keepAside(events);
    if (events.length === 0 && this.#samples.length === 0) return 'stored';
    try {
      this.#write(this.#connection, events, false);
      return 'stored';
    } catch (error) {
      return this.#writeAnew(events, error);
    }
  }

  #write(connection: Connection, events: readonly EncodedEvent[], again: boolean): void {
    const change = connection.fileChange();
    if (change) throw new Error(`the file was ${change} while it was open`);
    const batch = { events, samples: this.#samples, again, sign: false };
    connection.write(batch, this.#context.clock.now());
    this.#samples = [];
  }

  /** A connection that failed once is not trusted again; a new one gets one chance at once. */
  #writeAnew(events: readonly EncodedEvent[], error: unknown): Stored {
    const code = sqliteCode(error);
    const isWorthIt = code !== SQLITE.busy && code !== SQLITE.full;
    const stored = this.#keepAside(events);
    this.#degrade(error);
    return isWorthIt && this.#recover() ? 'stored' : stored;
  }

  #degrade(error: unknown): void {
    const connection = this.#connection;
    const around = { connection, ours: this.#ours, nowMs: this.#context.clock.now() };
    const repaired = repair(this.#context.path, around, error);
    connection?.close();
    this.#connection = null;
    const { message, advice } = troubleOf(error);
    const said = repaired ? `${message}; ${repaired}` : message;
    if (this.#trouble === null || repaired)
      this.#keepOwn({ type: 'store.degraded', payload: { message: said } });
    this.#trouble = `the database ${this.#context.path} takes no writes (${said}): ${advice}`;
    this.#retryLater();
  }

  #keepAside(rows: readonly EncodedEvent[]): Stored {
    const kept = rows.filter((row) => this.#aside.keep(row));
    return kept.length === rows.length ? 'kept-aside' : 'lost';
  }

  #retryLater(): void {
    const { clock } = this.#context;
    this.#cancelRetry?.();
    this.#retryAt = later(clock.monotonic(), this.#retryMs);
    this.#cancelRetry = clock.after(this.#retryMs, () => this.#retry());
  }

  /** Each try in vain makes the wait for the next twice as long. */
  #retry(): boolean {
    this.#retryMs = Math.min(2 * this.#retryMs, LIMITS.storeRetryMaxMs);
    return this.#recover();
  }

  /** Tries the database again; replays what was kept aside, each event once, and says so. */
  #recover(): boolean {
    if (this.#trouble === null) return false;
    const { path, clock, keyring, seal } = this.#context;
    const { events, lostCount } = this.#aside;
    const note = this.#stamp({
      type: 'store.recovered',
      payload: { replayed: events.length, lost: lostCount },
    });
    try {
      this.#connection = new Connection(path, clock.now());
      if (keyring) this.#connection.install(keyring, clock.now());
      const rows = note ? [...events, encodeEvent(note, seal)] : events;
      this.#write(this.#connection, rows, true);
    } catch (error) {
      this.#degrade(error);
      return false;
    }
    this.#ours = this.#connection.database.identity;
    this.#aside.clear();
    this.#trouble = null;
    this.#retryAt = null;
    this.#retryMs = LIMITS.storeRetryMinMs;
    this.#cancelRetry?.();
    return true;
  }

  #sign(connection: Connection): void {
    try {
      const nothing = { events: [], samples: [], again: false, sign: true };
      connection.write(nothing, this.#context.clock.now());
    } catch {
      // The next process to write signs what this one could not.
    }
  }

  #keepOwn(fact: StoreFact): void {
    const event = this.#stamp(fact);
    if (event) this.#aside.keep(encodeEvent(event, this.#context.seal));
  }

  /** The store's own facts happen on the host of the events it was given. */
  #stamp(fact: StoreFact): UnstoredEvent | null {
    if (!this.#lastStamp) return null;
    const { hostId, bootId } = this.#lastStamp;
    const { clock, ids } = this.#context;
    const nowhere = { runId: null, attempt: null, incidentId: null, version: 1 as const };
    const times = { at: clock.now(), monotonicAt: clock.monotonic() };
    return { ...fact, ...nowhere, ...times, eventId: ids.eventId(), hostId, bootId };
  }
}
