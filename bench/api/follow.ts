// As many clients of the stream as may be, half of which never read, while events are written.

import { get, type IncomingMessage } from 'node:http';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { anEvent, countingIds } from '../../test/support/evidence.ts';
import { type Figure, percentile } from '../figure.ts';
import { createPlace, residentMb, startServer } from './server.ts';

const EVERY_MS = 100;
const RECONNECTS = 20;
/** Large enough that what is not read fills every buffer between here and there. */
const REASON = 'x'.repeat(8_000);

/** A client that notes when each event came, and comes back where it was. */
class Reader {
  readonly seen: number[] = [];
  readonly delaysMs: number[] = [];
  readonly #port: number;
  readonly #writtenAt: ReadonlyMap<number, number>;
  #answer: IncomingMessage | null = null;

  constructor(port: number, writtenAt: ReadonlyMap<number, number>) {
    this.#port = port;
    this.#writtenAt = writtenAt;
  }

  async connect(): Promise<void> {
    const last = this.seen.at(-1);
    this.#answer = await open(this.#port, last === undefined ? {} : { 'last-event-id': `${last}` });
    let rest = '';
    const answer = this.#answer;
    answer.setEncoding('utf8').on('data', (text: string) => {
      if (answer !== this.#answer) return;
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame);
    });
    answer.on('error', () => {});
  }

  leave(): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.destroy();
  }

  #take(frame: string): void {
    const seq = Number(/^id: (\d+)\nevent: audit$/m.exec(frame)?.[1] ?? 0);
    if (seq === 0) return;
    this.seen.push(seq);
    const at = this.#writtenAt.get(seq);
    if (at !== undefined) this.delaysMs.push(performance.now() - at);
  }
}

function open(port: number, headers: Record<string, string>): Promise<IncomingMessage> {
  const path = '/stream?topics=audit';
  return new Promise((done, fail) => {
    get({ host: '127.0.0.1', port, path, headers, agent: false }, done).on('error', fail);
  });
}

export async function followFigures(seconds: number): Promise<Figure[]> {
  const place = createPlace();
  const store = openStore({ path: place.dbPath, clock: systemClock, ids: countingIds });
  const server = await startServer(place);
  const writtenAt = new Map<number, number>();
  const half = LIMITS.streamClientsMax / 2;
  const readers = Array.from({ length: half }, () => new Reader(server.port, writtenAt));
  const silent = await Promise.all(Array.from({ length: half }, () => open(server.port, {})));
  for (const answer of silent) answer.pause().on('error', () => {});
  await Promise.all(readers.map((reader) => reader.connect()));
  const first = store.reader.lastSeq() + 1;
  const memory: { readonly atS: number; readonly mb: number }[] = [];
  const ticks = Math.round((seconds * 1000) / EVERY_MS);
  const began = performance.now();
  for (let tick = 1; tick <= ticks; tick++) {
    const seq = store.reader.lastSeq() + 1;
    writtenAt.set(seq, performance.now());
    store.log.append([anEvent('audit.noted', { reason: REASON })], 'durable');
    if (tick % Math.floor(ticks / RECONNECTS) === 0) await comeBack(readers, tick);
    if (tick % 10 === 0) memory.push({ atS: tick * (EVERY_MS / 1000), mb: residentMb(server.pid) });
    const wait = began + tick * EVERY_MS - performance.now();
    await new Promise((done) => setTimeout(done, Math.max(0, wait)));
  }
  const last = store.reader.lastSeq();
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && readers.some(({ seen }) => seen.at(-1) !== last)) {
    await new Promise((done) => setTimeout(done, 20));
  }
  for (const reader of readers) reader.leave();
  for (const answer of silent) answer.destroy();
  store.close();
  await server.end();
  place.remove();
  const lost = readers.map(({ seen }) => last - first + 1 - new Set(seen).size);
  const repeated = readers.map(({ seen }) => seen.length - new Set(seen).size);
  const of = `${LIMITS.streamClientsMax} clients of the stream, half of which never read, ${seconds} s`;
  const settled = memory.filter(({ atS }) => atS > seconds / 3);
  return [
    {
      name: `${of}: event to arrival, p95`,
      value: percentile(
        readers.flatMap(({ delaysMs }) => delaysMs),
        0.95,
      ),
      unit: 'ms',
      must: { atMost: 250 },
    },
    {
      name: `events lost over ${RECONNECTS} reconnects`,
      value: sum(lost),
      unit: '',
      must: { atMost: 0 },
    },
    { name: 'events repeated', value: sum(repeated), unit: '', must: { atMost: 0 } },
    {
      name: 'memory of the server, growth',
      value: slope(settled) * 60,
      unit: 'MB a minute',
      must: { atMost: 10 },
      beside: `${Math.round(memory[0]?.mb ?? 0)} MB at first, ${Math.round(memory.at(-1)?.mb ?? 0)} MB at last`,
    },
  ];
}

/** One of the readers hangs up and comes back, each in its turn. */
async function comeBack(readers: readonly Reader[], tick: number): Promise<void> {
  const reader = readers[tick % readers.length];
  reader?.leave();
  await reader?.connect();
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Least squares, in MB a second. */
function slope(points: readonly { readonly atS: number; readonly mb: number }[]): number {
  const meanAt = sum(points.map(({ atS }) => atS)) / points.length;
  const meanMb = sum(points.map(({ mb }) => mb)) / points.length;
  const above = sum(points.map(({ atS, mb }) => (atS - meanAt) * (mb - meanMb)));
  return above / sum(points.map(({ atS }) => (atS - meanAt) ** 2));
}
