// The event log on SQLite. It never throws for a failing disk: events are kept aside and replayed in order.

import type { FactOf, UnstoredEvent } from '../../core/event.ts';
import type { RunId } from '../../core/id.ts';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, later, type MonotonicMs } from '../../core/time.ts';
import type { Cancel, Clock, EventLog, IdSource, Stored, StoredSample } from '../../ports.ts';
import { type Connection, connect, disconnect, fileChange } from './connection.ts';
import { type EncodedEvent, encodeEvent, type Seal } from './event-codec.ts';
import { KeptAside } from './kept-aside.ts';
import { SampleThinning, type TimedSample } from './sample-thinning.ts';
import { SQLITE, sqliteCode } from './sqlite.ts';

export interface LogContext {
  readonly path: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly seal: Seal | null;
}

export class SqliteEventLog implements EventLog {
  readonly #context: LogContext;
  readonly #thinnings = new Map<RunId, SampleThinning>();
  readonly #aside = new KeptAside();
  #connection: Connection | null;
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
  }

  append(events: readonly UnstoredEvent[], commit: 'durable' | 'grouped'): Stored {
    this.#lastStamp = events.at(-1) ?? this.#lastStamp;
    const rows = events.map((event) => encodeEvent(event, this.#context.seal));
    if (!this.#connection && !this.#isRetryDue()) return this.#keepAside(rows);
    if (!this.#connection) {
      const kept = this.#keepAside(rows);
      return this.#recover() ? 'stored' : kept;
    }
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

  trouble(): string | null {
    return this.#trouble;
  }

  /** The open database, or null while there is none. */
  connection(): Connection | null {
    return this.#connection;
  }

  /** Writes what waits for the next group. */
  flush(): void {
    if (this.#connection) this.#flush();
    else this.#recover();
  }

  close(): void {
    this.flush();
    this.#cancelFlush?.();
    this.#cancelRetry?.();
    if (this.#connection) disconnect(this.#connection);
    this.#connection = null;
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#context.clock.after(LIMITS.groupCommitMs, () => this.#flush());
  }

  /** Writes all that waits, in order. */
  #flush(): Stored {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    if (!this.#connection) return 'kept-aside';
    const events = this.#grouped;
    if (events.length === 0 && this.#samples.length === 0) return 'stored';
    this.#grouped = [];
    try {
      this.#write(events, false);
      return 'stored';
    } catch (error) {
      return this.#writeAnew(events, error);
    }
  }

  #write(events: readonly EncodedEvent[], again: boolean): void {
    const { path, clock } = this.#context;
    const connection = this.#connection ?? connect(path, clock.now());
    this.#connection = connection;
    const change = fileChange(path, connection.database.identity);
    if (change) throw new Error(`${path} was ${change} while it was open`);
    const samples = this.#samples;
    connection.writer.write(
      events,
      () => {
        connection.samples.insert(samples);
        connection.samples.rollUp(clock.now());
      },
      again,
    );
    this.#samples = [];
  }

  /**
   * A connection that failed once is not trusted again: a second one gets one chance at once.
   * A lock that was waited for in vain is not waited for a second time.
   */
  #writeAnew(events: readonly EncodedEvent[], error: unknown): Stored {
    this.#giveUpConnection();
    const code = sqliteCode(error);
    if (code !== SQLITE.busy && code !== SQLITE.full) {
      try {
        this.#write(events, true);
        return 'stored';
      } catch {
        // The first error says more than the second.
        this.#giveUpConnection();
      }
    }
    this.#degrade(error);
    return this.#keepAside(events);
  }

  #giveUpConnection(): void {
    if (this.#connection) disconnect(this.#connection);
    this.#connection = null;
  }

  #degrade(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#trouble === null) this.#keepOwn({ type: 'store.degraded', payload: { message } });
    this.#trouble = `the database ${this.#context.path} takes no writes (${message}): ${advice(error)}`;
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
    this.#cancelRetry = clock.after(this.#retryMs, () => this.#recover());
    this.#retryMs = Math.min(2 * this.#retryMs, LIMITS.storeRetryMaxMs);
  }

  #isRetryDue(): boolean {
    return this.#retryAt !== null && this.#context.clock.monotonic() >= this.#retryAt;
  }

  /** Tries the database again; replays what was kept aside, each event once. */
  #recover(): boolean {
    if (this.#trouble === null) return false;
    try {
      const replayed = this.#aside.events.length;
      const lost = this.#aside.lostCount;
      this.#write(this.#aside.events, true);
      this.#aside.clear();
      this.#trouble = null;
      this.#retryMs = LIMITS.storeRetryMinMs;
      this.#cancelRetry?.();
      this.#note({ type: 'store.recovered', payload: { replayed, lost } });
      return true;
    } catch (error) {
      this.#giveUpConnection();
      this.#degrade(error);
      return false;
    }
  }

  #note(fact: StoreFact): void {
    const event = this.#stamp(fact);
    if (event) this.append([event], 'durable');
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

type StoreFact = FactOf<'store.degraded' | 'store.recovered'>;

/** What a person can do about it. */
function advice(error: unknown): string {
  switch (sqliteCode(error)) {
    case SQLITE.full:
      return 'free some disk space; events are kept and written then';
    case SQLITE.readonly:
      return 'make the file and its directory writable; events are kept and written then';
    case SQLITE.busy:
    case SQLITE.locked:
      return 'another program holds it locked; events are kept and written when it lets go';
    default:
      return 'the guard goes on; events are kept and written when it is back';
  }
}
