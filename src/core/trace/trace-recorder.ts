// Writes down what a detector is given, as text, a line per record. Bounded: beyond its room the oldest
// minutes are dropped, and what is left is still a trace.

import type { AgentEvent } from '../detection/agent/agent-event.ts';
import type { DetectorTap, OutputLine, Tick } from '../detection/detector.ts';
import type { LineFacts } from '../detection/line-facts.ts';
import {
  FACT_FLAGS,
  TICK_FIELDS,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceHeader,
  type TraceText,
} from './trace.ts';

export interface TraceRecorder extends DetectorTap {
  /** The trace so far: header and all records that were kept. */
  text(): string;
  /** Records dropped because there was no more room. */
  droppedTicks(): number;
}

export interface TraceOptions {
  readonly text: TraceText;
  readonly cores: number;
  readonly about?: Readonly<Record<string, string | number>>;
  /** Room in characters for all records. */
  readonly charsMax: number;
  /** Takes secrets out of a line before it is written. */
  readonly redact?: (text: string) => string;
}

const SEGMENT_TICKS = 60;

/** A recorder to hand to `createDetector`. */
export function createTraceRecorder(options: TraceOptions): TraceRecorder {
  return new Recorder(options);
}

interface Segment {
  readonly records: string[];
  chars: number;
  ticks: number;
}

class Recorder implements TraceRecorder {
  private readonly options: TraceOptions;
  private readonly segments: Segment[] = [newSegment()];
  private chars = 0;
  private dropped = 0;
  private symbols = new Map<number, number>();
  private before: Tick | null = null;
  /** The last line record and how often it came in a row: runs are written once. */
  private pending: { readonly letter: string; readonly body: string; count: number } | null = null;

  constructor(options: TraceOptions) {
    this.options = options;
  }

  line(line: OutputLine, facts: Readonly<LineFacts>): void {
    this.makeRoom();
    if (this.options.text === 'full') this.textLine(line);
    else this.run('f', `${this.symbolIndex(facts.symbol)} ${facts.information} ${flagsOf(facts)}`);
  }

  agent(line: OutputLine, events: readonly AgentEvent[]): void {
    this.makeRoom();
    if (this.options.text === 'full') this.textLine(line);
    else if (events.length > 0) this.run('a', asciiJson(events));
  }

  private textLine(line: OutputLine): void {
    this.run(lineLetter(line), asciiJson(this.options.redact?.(line.text) ?? line.text));
  }

  private run(letter: string, body: string): void {
    if (this.pending?.letter === letter && this.pending.body === body) {
      this.pending.count++;
      return;
    }
    this.flush();
    this.pending = { letter, body, count: 1 };
  }

  tick(tick: Tick): void {
    this.makeRoom();
    this.flush();
    const { before } = this;
    const relative = before && tickBody(tick, before);
    this.write(relative ? `t ${relative}` : `T ${tickBody(tick, null)}`);
    this.before = { ...tick, sample: tick.sample ?? before?.sample ?? null };
    const segment = this.segments.at(-1);
    if (segment && ++segment.ticks >= SEGMENT_TICKS) this.startSegment();
  }

  text(): string {
    this.flush();
    const { text, cores, about = {} } = this.options;
    const header: TraceHeader = {
      format: TRACE_FORMAT,
      version: TRACE_VERSION,
      text,
      cores,
      about,
    };
    const records = this.segments.flatMap((segment) => segment.records);
    return `${[asciiJson(header), ...records].join('\n')}\n`;
  }

  droppedTicks(): number {
    return this.dropped;
  }

  private flush(): void {
    const { pending } = this;
    this.pending = null;
    if (!pending) return;
    const count = pending.count === 1 ? '' : pending.count;
    this.write(`${pending.letter}${count} ${pending.body}`);
  }

  private symbolIndex(symbol: number): number {
    const known = this.symbols.get(symbol);
    if (known !== undefined) return known;
    const index = this.symbols.size;
    this.symbols.set(symbol, index);
    this.flush();
    this.write(`s ${symbol}`);
    return index;
  }

  private startSegment(): void {
    this.segments.push(newSegment());
    this.symbols = new Map();
    this.before = null;
    this.write('n');
  }

  private write(record: string): void {
    const segment = this.segments.at(-1);
    segment?.records.push(record);
    if (segment) segment.chars += record.length + 1;
    this.chars += record.length + 1;
  }

  /** Drops the oldest minutes; a minute that alone is too much is dropped as far as it was written. */
  private makeRoom(): void {
    if (this.chars <= this.options.charsMax) return;
    this.flush();
    if (this.segments.length === 1) this.startSegment();
    while (this.chars > this.options.charsMax && this.segments.length > 1) {
      const oldest = this.segments.shift();
      this.chars -= oldest?.chars ?? 0;
      this.dropped += oldest?.ticks ?? 0;
    }
  }
}

const newSegment = (): Segment => ({ records: [], chars: 0, ticks: 0 });

/** `o` stdout, `e` stderr; in capitals for redraws. */
function lineLetter({ stream, redraw }: OutputLine): string {
  const letter = stream === 'stdout' ? 'o' : 'e';
  return redraw ? letter.toUpperCase() : letter;
}

const flagsOf = (facts: Readonly<LineFacts>): number =>
  FACT_FLAGS.reduce((bits, flag, i) => bits + (facts[flag] ? 2 ** i : 0), 0);

/** The figures of a tick, relative to the one before if there is one; null where that would not lead back exactly. */
function tickBody(tick: Tick, before: Tick | null): string | null {
  const { at, outputBytes, outputLines, diskFreeShare, sample } = tick;
  const figures = [
    difference(at, before?.at),
    difference(outputBytes, before?.outputBytes),
    difference(outputLines, before?.outputLines),
    diskFreeShare,
  ];
  if (sample) {
    figures.push(before ? difference(sample.at, at) : sample.at);
    for (const [field, kind] of TICK_FIELDS) {
      const value = sample[field];
      figures.push(
        kind === 'gauge' || value === null ? value : difference(value, before?.sample?.[field]),
      );
    }
  }
  return figures.some(Number.isNaN) ? null : JSON.stringify(figures);
}

/** The difference from which the value can be had again to the last bit, else NaN. */
function difference(value: number, base: number | null | undefined): number {
  const from = base ?? 0;
  return from + (value - from) === value ? value - from : Number.NaN;
}

/** JSON in ASCII, so that a character of a trace is a byte of it. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
