// Reads a trace. Whatever is wrong with it is said with the byte offset; nothing of a bad trace is used.

import type { AgentEvent } from '../detection/agent/agent-event.ts';
import type { Tick } from '../detection/detector.ts';
import type { LineFacts } from '../detection/line-facts.ts';
import type { TreeSample } from '../detection/sample.ts';
import { FlowForgeError } from '../error.ts';
import { LIMITS } from '../limits.ts';
import { monotonicMs } from '../time.ts';
import {
  FACT_FLAGS,
  TICK_FIELDS,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceHeader,
  type TraceRecord,
} from './trace.ts';

export interface Trace {
  readonly header: TraceHeader;
  /** Reads record after record. Throws FF_TRACE_INVALID, with the byte offset, at the first bad one. */
  readonly records: Iterable<TraceRecord>;
}

/** Whether a text claims to be a trace, rather than any log. */
export const looksLikeTrace = (text: string): boolean =>
  text.startsWith(`{"format":"${TRACE_FORMAT}"`);

/**
 * Reads the header of a trace and prepares to read its records.
 * @throws FlowForgeError FF_TRACE_INVALID when the header is not one, or of another version.
 */
export const parseTrace = (text: string): Trace => readTrace(() => [text]);

/**
 * The same, piece by piece, for a trace that does not fit into memory. A character of a piece is a byte (Latin-1), so that
 * offsets are bytes whatever is in the file.
 *
 * @param open gives the pieces from the start; called for the header, and for each reading of the records
 * @throws FlowForgeError FF_TRACE_INVALID when the header is not one, or of another version.
 */
export function readTrace(open: () => Iterable<string>): Trace {
  for (const { text, end } of linesOf(open())) {
    const header = parseHeader(text);
    return {
      header,
      records: { [Symbol.iterator]: () => new RecordReader(end).read(linesOf(open())) },
    };
  }
  throw broken('not a trace', 0);
}

/** A line, where it begins, and where the next one does. */
interface Line {
  readonly text: string;
  readonly offset: number;
  readonly end: number;
}

/** The lines of the pieces, each ended by `\n`. */
function* linesOf(pieces: Iterable<string>): Generator<Line> {
  let begun = '';
  let offset = 0;
  for (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', from)) {
      const text = begun + piece.slice(from, at);
      const end = offset + text.length + 1;
      yield { text, offset, end };
      [begun, offset, from] = ['', end, at + 1];
    }
    begun += piece.slice(from);
    if (begun.length > LIMITS.traceRecordCharsMax)
      throw broken('has a record that is too long', offset);
  }
  if (begun === '') return;
  if (offset > 0) throw broken('is truncated in the middle of a record', offset);
  throw looksLikeTrace(begun)
    ? broken('ends in its header', begun.length)
    : broken('not a trace', 0);
}

function parseHeader(line: string): TraceHeader {
  const header = parseJson(line, 0);
  if (!isObject(header) || header['format'] !== TRACE_FORMAT) throw broken('not a trace', 0);
  const { version, text, cores, about } = header;
  if (version !== TRACE_VERSION) {
    const hint = `This FlowForge reads version ${TRACE_VERSION}; record the run again.`;
    throw broken(`of version ${String(version).slice(0, 20)}`, 0, hint);
  }
  if ((text !== 'full' && text !== 'none') || !isCount(cores) || !isObject(about)) {
    throw broken('incomplete header', 0);
  }
  return { format: TRACE_FORMAT, version, text, cores, about: about as TraceHeader['about'] };
}

class RecordReader {
  private offset: number;
  private symbols: number[] = [];
  private before: Tick | null = null;

  constructor(offset: number) {
    this.offset = offset;
  }

  /** The records of the lines behind the header. */
  *read(lines: Iterable<Line>): Generator<TraceRecord> {
    for (const { text, offset, end } of lines) {
      if (offset < this.offset) continue;
      yield* this.record(text);
      this.offset = end;
    }
  }

  private *record(line: string): Generator<TraceRecord> {
    const match = /^([A-Za-z])(\d*)(?: (.*))?$/s.exec(line);
    const [, letter = '', times = '', body = ''] = match ?? [];
    const count = times === '' ? 1 : Number(times);
    if (count < 1 || count > LIMITS.traceRunMax) throw this.bad('has a run that is too long');
    if (letter === 'n') this.newSegment();
    else if (letter === 's') this.newSymbol(Number(body));
    else yield* repeat(this.told(letter, body), count);
  }

  private told(letter: string, body: string): TraceRecord {
    switch (letter) {
      case 't':
      case 'T':
        return this.tick(letter, body);
      case 'f':
        return this.facts(body);
      case 'a':
        return this.agentEvents(body);
      case 'o':
      case 'e':
      case 'O':
      case 'E':
        return this.line(letter, body);
      default:
        throw this.bad('has an unknown record');
    }
  }

  private newSymbol(hash: number): void {
    if (this.symbols.length >= LIMITS.traceSymbolsMax) throw this.bad('has too many symbols');
    this.symbols.push(this.integer(hash));
  }

  private newSegment(): void {
    this.symbols = [];
    this.before = null;
  }

  private line(letter: string, body: string): TraceRecord {
    const text = parseJson(body, this.offset);
    if (typeof text !== 'string' || text.length > LIMITS.jsonLineCharsMax) {
      throw this.bad('has a line that is no text');
    }
    const stream = letter === 'o' || letter === 'O' ? 'stdout' : 'stderr';
    return { type: 'line', line: { stream, text, redraw: letter === 'O' || letter === 'E' } };
  }

  private agentEvents(body: string): TraceRecord {
    const events = parseJson(body, this.offset);
    if (!Array.isArray(events) || !events.every(isAgentEvent)) {
      throw this.bad('has agent events that are none');
    }
    return { type: 'agent', events };
  }

  private facts(body: string): TraceRecord {
    const [index = -1, information = -1, bits = -1, ...rest] = body.split(' ').map(Number);
    const symbol = this.symbols[index];
    const valid =
      information >= 0 && information <= 1 && bits >= 0 && bits < 2 ** FACT_FLAGS.length;
    if (symbol === undefined || !valid || rest.length > 0)
      throw this.bad('has facts that are none');
    const flags = Object.fromEntries(FACT_FLAGS.map((flag, i) => [flag, (bits & (1 << i)) !== 0]));
    return { type: 'facts', facts: { symbol, information, ...flags } as LineFacts };
  }

  /** `T`: absolute figures, `t`: relative to the tick before. */
  private tick(letter: string, body: string): TraceRecord {
    const figures = parseJson(body, this.offset);
    if (!isFigures(figures)) throw this.bad('has a tick that is none');
    const before = letter === 'T' ? null : this.before;
    if (letter === 't' && !before) throw this.bad('has a tick out of place');
    const head = this.head(figures, before);
    if (this.before && head.at < this.before.at) throw this.bad('goes back in time');
    const sample = figures.length === HEAD ? null : this.sample(figures, head, before);
    this.before = { ...head, sample: sample ?? this.before?.sample ?? null };
    return { type: 'tick', tick: { ...head, sample } };
  }

  private head(figures: Figures, before: Tick | null): Omit<Tick, 'sample'> {
    const [at, bytes, lines, diskFreeShare] = figures;
    return {
      at: monotonicMs(this.integer(at) + (before?.at ?? 0)),
      outputBytes: this.integer(bytes) + (before?.outputBytes ?? 0),
      outputLines: this.integer(lines) + (before?.outputLines ?? 0),
      diskFreeShare: diskFreeShare ?? null,
    };
  }

  private sample(figures: Figures, head: Omit<Tick, 'sample'>, before: Tick | null): TreeSample {
    if (figures.length !== HEAD + 1 + TICK_FIELDS.length) throw this.bad('has an incomplete tick');
    const at = this.integer(figures[HEAD]) + (before ? head.at : 0);
    const fields = TICK_FIELDS.map(([field, kind], i) => {
      const value = figures[HEAD + 1 + i] ?? null;
      const nullable = field === 'pssBytes' || field === 'fdLimit';
      if (value === null && !nullable) throw this.bad('has an incomplete tick');
      const base = kind === 'counter' ? Number(before?.sample?.[field] ?? 0) : 0;
      return [field, value === null ? null : value + base];
    });
    return { at: monotonicMs(at), members: [], ...Object.fromEntries(fields) } as TreeSample;
  }

  private integer(value: number | null | undefined): number {
    if (!Number.isFinite(value)) throw this.bad('has a number that is none');
    return value as number;
  }

  private bad(what: string): FlowForgeError {
    return broken(what, this.offset);
  }
}

type Figures = readonly (number | null)[];

/** Figures of a tick before those of its sample: instant, bytes, lines, free share of the disk. */
const HEAD = 4;

function* repeat(record: TraceRecord, count: number): Generator<TraceRecord> {
  for (let i = 0; i < count; i++) yield record;
}

function parseJson(text: string, offset: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken('is not readable', offset, undefined, cause);
  }
}

const broken = (what: string, offset: number, hint?: string, cause?: unknown): FlowForgeError =>
  new FlowForgeError('FF_TRACE_INVALID', `trace ${what} (at byte ${offset})`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0;

const EVENT_FIELDS: Readonly<Record<AgentEvent['type'], Readonly<Record<string, string>>>> = {
  call: { id: 'string', turn: 'string', name: 'string', argumentsHash: 'number', waits: 'boolean' },
  result: { id: 'string', resultHash: 'number', isError: 'boolean' },
  said: { textHash: 'number' },
  usage: { turn: 'string', tokens: 'number' },
  cost: { session: 'string?', usd: 'number' },
  progress: {},
};

function isAgentEvent(value: unknown): value is AgentEvent {
  if (!isObject(value) || !Object.hasOwn(EVENT_FIELDS, String(value['type']))) return false;
  const fields = EVENT_FIELDS[value['type'] as AgentEvent['type']];
  return Object.entries(fields).every(([field, type]) => isOfType(value[field], type));
}

/** A type that ends in `?` may be absent. */
const isOfType = (value: unknown, type: string): boolean =>
  type.endsWith('?')
    ? value === undefined || typeof value === type.slice(0, -1)
    : typeof value === type;

const isFigures = (value: unknown): value is Figures =>
  Array.isArray(value) && value.every(isFigure);

const isFigure = (value: unknown): value is number | null =>
  value === null || (typeof value === 'number' && Number.isFinite(value));
