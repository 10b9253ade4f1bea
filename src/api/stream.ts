// Server-sent events from the database. A client is a cursor: what it has not read yet stays in the database, so a
// slow one costs nothing and loses nothing, and one that comes back goes on where it was.

import type { FlowForgeEvent } from '../core/event.ts';
import { LIMITS } from '../core/limits.ts';
import { TIMELINE_TYPE_OF, type TimelineType, toTimelineItem } from '../core/timeline.ts';
import type { Cancel } from '../ports.ts';
import { ApiProblem } from './problem.ts';
import type { ApiWorld } from './world.ts';

export type Topic = TimelineType | 'status';

export interface Subscription {
  readonly topics: readonly Topic[];
  /** The last event the client knows; null: it begins now. */
  readonly after: number | null;
  /** What it is shown first. */
  readonly snapshot: (seq: number) => unknown;
}

interface Client {
  readonly topics: ReadonlySet<Topic>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  cursor: number;
  /** When it last took something, or had nothing to take. */
  readAt: number;
  sentAt: number;
}

const ENCODER = new TextEncoder();
const BEAT = ': still here\n\n';

export class Stream {
  readonly #world: ApiWorld;
  readonly #clients = new Set<Client>();
  #cancel: Cancel | null = null;
  #statusAt = Number.NEGATIVE_INFINITY;

  constructor(world: ApiWorld) {
    this.#world = world;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** @throws ApiProblem FF_BUSY when there are as many clients as may be */
  open({ topics, after, snapshot }: Subscription): ReadableStream<Uint8Array> {
    if (this.#clients.size >= LIMITS.streamClientsMax) {
      throw new ApiProblem('FF_BUSY', 'the stream has as many clients as it takes', {
        retry_after_seconds: 5,
      });
    }
    const last = this.#world.reader.lastSeq();
    // A number from another database, or from the future, is no place to go on from.
    const cursor = after === null || after > last ? last : after;
    const opening = `retry: 3000\n\n${frame('snapshot', snapshot(cursor), cursor)}`;
    let client: Client | null = null;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const now = this.#world.clock.monotonic();
          client = { topics: new Set(topics), controller, cursor, readAt: now, sentAt: now };
          controller.enqueue(ENCODER.encode(opening));
          this.#clients.add(client);
          this.#look();
        },
        cancel: () => {
          if (client) this.#clients.delete(client);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: LIMITS.streamBufferBytesMax }),
    );
  }

  /** Ends every stream; clients come back to whoever answers next. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const client of [...this.#clients]) this.#end(client);
  }

  #look(): void {
    this.#cancel ??= this.#world.clock.after(LIMITS.streamLookMs, () => {
      this.#cancel = null;
      this.#serve();
      if (this.#clients.size > 0) this.#look();
    });
  }

  #serve(): void {
    const now = this.#world.clock.monotonic();
    let last = 0;
    try {
      last = this.#world.reader.lastSeq();
      for (const client of [...this.#clients]) this.#feed(client, last, now);
    } catch {
      // While the database cannot be read there is no news; the clients wait.
    }
    if (now - this.#statusAt < LIMITS.streamStatusMs) return;
    this.#statusAt = now;
    void this.#tellStatus();
  }

  #feed(client: Client, last: number, now: number): void {
    while (client.cursor < last && hasRoom(client) && this.#advance(client, now));
    if (hasRoom(client)) client.readAt = now;
    if (now - client.readAt > LIMITS.streamStalledMs) this.#end(client);
    else if (now - client.sentAt > LIMITS.streamHeartbeatMs && hasRoom(client))
      this.#send(client, BEAT, now);
  }

  /** Sends the next batch. Says whether there was one. */
  #advance(client: Client, now: number): boolean {
    const events = this.#world.reader.eventsAfter(client.cursor, LIMITS.streamBatchMax);
    const [first] = events;
    if (!first) return false;
    const missing = first.seq - client.cursor - 1;
    const gap = missing > 0 ? frame('gap', { missing, from: client.cursor + 1 }, null) : '';
    const text = gap + events.map((event) => tell(event, client.topics)).join('');
    client.cursor = events.at(-1)?.seq ?? client.cursor;
    if (text) this.#send(client, text, now);
    return true;
  }

  async #tellStatus(): Promise<void> {
    const listeners = [...this.#clients].filter(({ topics }) => topics.has('status'));
    if (listeners.length === 0) return;
    const runs = await this.#world.runs.list().catch(() => []);
    const text = frame('status', runs.map(presentStatus), null);
    const now = this.#world.clock.monotonic();
    for (const client of listeners) {
      if (this.#clients.has(client) && hasRoom(client)) this.#send(client, text, now);
    }
  }

  #send(client: Client, text: string, now: number): void {
    try {
      client.controller.enqueue(ENCODER.encode(text));
      client.sentAt = now;
    } catch {
      this.#clients.delete(client);
    }
  }

  #end(client: Client): void {
    this.#clients.delete(client);
    try {
      client.controller.close();
    } catch {
      // It has gone by itself.
    }
  }
}

const hasRoom = ({ controller }: Client): boolean => (controller.desiredSize ?? 0) > 0;

function frame(event: string, data: unknown, seq: number | null): string {
  const id = seq === null ? '' : `id: ${seq}\n`;
  return `${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function tell(event: FlowForgeEvent, topics: ReadonlySet<Topic>): string {
  const topic = TIMELINE_TYPE_OF[event.type];
  return topics.has(topic) ? frame(topic, toTimelineItem(event), event.seq) : '';
}

const presentStatus = (run: Awaited<ReturnType<ApiWorld['runs']['list']>>[number]) => ({
  run_id: run.runId,
  name: run.name,
  phase: run.phase,
  attempt: run.attempt,
  pid: run.pid,
  cpu_percent: run.cpuPercent,
  rss_bytes: run.rssBytes,
  process_count: run.processCount,
  output_lines: run.outputLines,
  incident_id: run.incidentId,
});
