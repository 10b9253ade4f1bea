// Server-sent events from the database. A client is a cursor: what it has not read yet stays in the database, so a
// slow one costs nothing and loses nothing, and one that comes back goes on where it was.

import type { LiveSample, Topic } from '../contract/stream.ts';
import type { ControlStatus } from '../core/control.ts';
import type { FlowForgeEvent } from '../core/event.ts';
import { LIMITS } from '../core/limits.ts';
import { TIMELINE_TYPE_OF, toTimelineItem } from '../core/timeline.ts';
import type { Cancel } from '../ports.ts';
import { type Follower, OutputTeller } from './live-output.ts';
import { NOT_ANSWERING, presentReading } from './live-runs.ts';
import { ApiProblem } from './problem.ts';
import type { ApiWorld } from './world.ts';

export interface Subscription {
  readonly topics: readonly Topic[];
  /** Only what is of this run; null: of all. */
  readonly runId: string | null;
  /** The last event the client knows; null: it begins now. */
  readonly after: number | null;
  /** What it is shown first. */
  readonly snapshot: (seq: number) => unknown;
  /** Whether who asked may still hear. */
  readonly holds: () => boolean;
}

interface Client extends Follower {
  readonly topics: ReadonlySet<Topic>;
  readonly holds: () => boolean;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  cursor: number;
  /** What it wants to hear, as a word: clients that want the same and are as far are told the same. */
  readonly interest: string;
  /** When it last took something, or had nothing to take. */
  readAt: number;
  sentAt: number;
}

/** Events that follow each other, as they go over the wire; null where the client asked for none of them. */
interface Batch {
  readonly upto: number;
  readonly bytes: Uint8Array | null;
}

/** One look at what is new. */
interface Look {
  readonly last: number;
  readonly now: number;
  readonly batches: Map<string, Batch | null>;
}

const NOBODY = { answering: [], silent: [] } as const;
const ENCODER = new TextEncoder();
const BEAT = ': still here\n\n';

export class Stream {
  readonly #world: ApiWorld;
  readonly #clients = new Set<Client>();
  #cancel: Cancel | null = null;
  #statusAt = Number.NEGATIVE_INFINITY;
  #outputAt = Number.NEGATIVE_INFINITY;
  #heldAt = Number.NEGATIVE_INFINITY;
  readonly #output: OutputTeller;
  /** Of each run that lives, when its last reading was taken. */
  #readingAt: ReadonlyMap<string, string> = new Map();

  constructor(world: ApiWorld) {
    this.#world = world;
    this.#output = new OutputTeller(world.runs);
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** @throws ApiProblem FF_BUSY when there are as many clients as may be */
  open({ topics, runId, after, snapshot, holds }: Subscription): ReadableStream<Uint8Array> {
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
          const opened: Client = {
            ...{ topics: new Set(topics), holds, runId, controller, cursor },
            interest: `${runId ?? ''} ${topics.join()}`,
            ...{ readAt: now, sentAt: now, place: null },
            hear: (output) => this.#tell(opened, 'output', output),
          };
          client = opened;
          controller.enqueue(ENCODER.encode(opening));
          this.#clients.add(opened);
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
    if (now - this.#heldAt >= LIMITS.streamHeartbeatMs) {
      this.#heldAt = now;
      this.#partFromRefused();
    }
    let last = 0;
    try {
      last = this.#world.reader.lastSeq();
      const batches = new Map<string, Batch | null>();
      for (const client of [...this.#clients]) this.#feed(client, { last, now, batches });
    } catch {
      // While the database cannot be read there is no news; the clients wait.
    }
    if (now - this.#statusAt >= LIMITS.streamStatusMs) {
      this.#statusAt = now;
      void this.#tellStatus();
    }
    if (now - this.#outputAt >= LIMITS.streamOutputMs) {
      this.#outputAt = now;
      void this.#output.tell(this.#listeners('output').filter(hasRoom));
    }
  }

  /** Ends the streams of those whose key or session holds no more. */
  #partFromRefused(): void {
    for (const client of [...this.#clients]) {
      try {
        if (!client.holds()) this.#end(client);
      } catch {
        // While the database cannot be read there is nothing to hear either.
      }
    }
  }

  #feed(client: Client, { last, now, batches }: Look): void {
    while (client.cursor < last && hasRoom(client)) {
      const batch = this.#nextFor(client, batches);
      if (!batch) break;
      client.cursor = batch.upto;
      if (batch.bytes) this.#send(client, batch.bytes, now);
    }
    if (hasRoom(client)) client.readAt = now;
    if (now - client.readAt > LIMITS.streamStalledMs) this.#end(client);
    else if (now - client.sentAt > LIMITS.streamHeartbeatMs && hasRoom(client))
      this.#send(client, ENCODER.encode(BEAT), now);
  }

  /** What a client is to hear next, or null where there is nothing, or no more in this look. */
  #nextFor(client: Client, batches: Look['batches']): Batch | null {
    const place = `${client.cursor} ${client.interest}`;
    const known = batches.get(place);
    if (known !== undefined) return known;
    if (batches.size >= LIMITS.streamLookBatchesMax) {
      // In the next look it is somebody else's turn first.
      this.#clients.delete(client);
      this.#clients.add(client);
      return null;
    }
    const batch = this.#batchFor(client);
    batches.set(place, batch);
    return batch;
  }

  /** Reads what comes next for a client, or null where there is nothing. */
  #batchFor(client: Client): Batch | null {
    const events = this.#world.reader.eventsAfter(client.cursor, LIMITS.streamBatchMax);
    const [first] = events;
    if (!first) return null;
    const missing = first.seq - client.cursor - 1;
    const gap = missing > 0 ? frame('gap', { missing, from: client.cursor + 1 }, null) : '';
    const text = gap + events.map((event) => tell(event, client)).join('');
    return { upto: events.at(-1)?.seq ?? first.seq, bytes: text ? ENCODER.encode(text) : null };
  }

  async #tellStatus(): Promise<void> {
    const listeners = this.#listeners('status', 'sample');
    if (listeners.length === 0) return;
    const { answering, silent } = await this.#world.runs.list().catch(() => NOBODY);
    const samples = answering.flatMap((run) => this.#newReading(run));
    const statuses = [...answering.map(presentStatus), ...silent.map(presentSilent)];
    // One that did not answer may come back with the reading it had.
    this.#readingAt = new Map([
      ...silent.map((runId) => [runId, this.#readingAt.get(runId) ?? ''] as const),
      ...answering.map(({ runId, sample }) => [runId, sample?.at ?? ''] as const),
    ]);
    for (const client of listeners) {
      const isOfIt = ({ run_id }: { readonly run_id: string }) => isOf(client, run_id);
      if (client.topics.has('status')) {
        this.#tell(client, 'status', statuses.filter(isOfIt));
      }
      const fresh = samples.filter(isOfIt);
      if (client.topics.has('sample') && fresh.length > 0) this.#tell(client, 'sample', fresh);
    }
  }

  /** The latest reading of a run, unless it was told already. */
  #newReading({ runId, attempt, sample }: ControlStatus): LiveSample[] {
    if (!sample || this.#readingAt.get(runId) === sample.at) return [];
    return [
      { run_id: runId, ...presentReading(sample), attempt, at: sample.at, period_seconds: 1 },
    ];
  }

  #listeners(...wanted: readonly Topic[]): Client[] {
    return [...this.#clients].filter(({ topics }) => wanted.some((topic) => topics.has(topic)));
  }

  /** Tells a client something that is not in the record; one that has no room misses it. */
  #tell(client: Client, topic: Topic, data: unknown): void {
    if (!this.#clients.has(client) || !hasRoom(client)) return;
    this.#send(client, ENCODER.encode(frame(topic, data, null)), this.#world.clock.monotonic());
  }

  #send(client: Client, bytes: Uint8Array, now: number): void {
    try {
      client.controller.enqueue(bytes);
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

const isOf = ({ runId }: Client, ofRun: string | null): boolean =>
  runId === null || runId === ofRun;

function tell(event: FlowForgeEvent, client: Client): string {
  const topic = TIMELINE_TYPE_OF[event.type];
  return client.topics.has(topic) && isOf(client, event.runId)
    ? frame(topic, toTimelineItem(event), event.seq)
    : '';
}

const presentStatus = (run: ControlStatus) => ({
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

/** Of a run whose supervisor does not answer: nothing is known of how it is. */
const presentSilent = (runId: string) => ({
  run_id: runId,
  name: null,
  phase: NOT_ANSWERING,
  attempt: null,
  pid: null,
  cpu_percent: null,
  rss_bytes: null,
  process_count: null,
  output_lines: null,
  incident_id: null,
});
