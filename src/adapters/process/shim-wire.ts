// What the shim says and is told: lines over the life-line, frames over the copies. See native/shim/PROTOCOL.md.

import { LIMITS } from '../../core/limits.ts';

export const SHIM_PROTOCOL_VERSION = 3;

/** What kept a command from being started. */
export const START_STAGES = ['exec', 'terminal', 'isolation', 'start'] as const;
export type StartStage = (typeof START_STAGES)[number];

/** A word of the shim. */
export type ShimReport =
  | { readonly type: 'version'; readonly version: number }
  /** `keeperPid` is the process of ours between the shim and the leader, 0 where there is none. */
  | {
      readonly type: 'spawned';
      readonly pid: number;
      readonly keeperPid: number;
      /** 0 where it could not be told. */
      readonly startTicks: number;
    }
  | { readonly type: 'failed'; readonly stage: StartStage; readonly errno: number }
  | { readonly type: 'exited'; readonly pid: number; readonly code: number }
  | { readonly type: 'killed'; readonly pid: number; readonly signal: number }
  | { readonly type: 'stopped' | 'continued'; readonly pid: number }
  | {
      readonly type: 'usage';
      readonly count: number;
      readonly cpuUs: number;
      readonly maxRssKb: number;
    }
  | {
      readonly type: 'signalled';
      readonly pid: number;
      readonly signal: number;
      readonly result: 'sent' | 'gone' | 'refused';
    }
  | { readonly type: 'sent'; readonly count: number }
  | { readonly type: 'empty'; readonly proof: 'echild' | 'pidns' }
  | { readonly type: 'end' }
  | {
      readonly type: 'drained';
      readonly stream: 'stdout' | 'stderr';
      readonly passedBytes: number;
      readonly copiedBytes: number;
    };

/** Reads a line of the shim; null for one that is none. */
export function parseReport(line: string): ShimReport | null {
  const [word = '', ...fields] = line.split(' ');
  const number = (index: number): number => Number(fields[index]);
  switch (word) {
    case 'flowforge-shim':
      return { type: 'version', version: number(0) };
    case 'spawned':
      return {
        type: 'spawned',
        pid: number(0),
        keeperPid: number(1),
        startTicks: number(2),
      };
    case 'exited':
      return { type: 'exited', pid: number(0), code: number(1) };
    case 'killed':
      return { type: 'killed', pid: number(0), signal: number(1) };
    case 'stopped':
    case 'continued':
      return { type: word, pid: number(0) };
    case 'usage':
      return { type: 'usage', count: number(0), cpuUs: number(1), maxRssKb: number(2) };
    case 'sent':
      return { type: 'sent', count: number(0) };
    case 'empty':
      return { type: 'empty', proof: fields[0] === 'pidns' ? 'pidns' : 'echild' };
    case 'end':
      return { type: 'end' };
    default:
      return parseLongReport(word, fields);
  }
}

function parseLongReport(word: string, fields: readonly string[]): ShimReport | null {
  const [first = '', second = '', third = ''] = fields;
  if (word === 'failed') {
    const stage = START_STAGES.find((it) => it === first) ?? 'start';
    return { type: 'failed', stage, errno: Number(second) };
  }
  if (word === 'signalled' && (third === 'sent' || third === 'gone' || third === 'refused')) {
    return { type: 'signalled', pid: Number(first), signal: Number(second), result: third };
  }
  if (word === 'drained' && (first === 'stdout' || first === 'stderr')) {
    return {
      type: 'drained',
      stream: first,
      passedBytes: Number(second),
      copiedBytes: Number(third),
    };
  }
  return null;
}

/** Cuts what arrives into lines and reads each. Throws for a line longer than any report. */
export class ReportReader {
  #rest = '';

  read(text: string): ShimReport[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LIMITS.shimLineCharsMax) throw new Error('the shim talks nonsense');
    return lines.map(parseReport).filter((report) => report !== null);
  }
}

const HEADER_BYTES = 16;

/** Reads frames (offset, length, bytes; host byte order) and tells their bytes and the gaps between them. */
export class CopyReader {
  readonly #onBytes: (bytes: Uint8Array) => void;
  readonly #onGap: (byteCount: number) => void;
  #header = Buffer.alloc(0);
  #left = 0;
  #seen = 0;

  constructor(onBytes: (bytes: Uint8Array) => void, onGap: (byteCount: number) => void) {
    this.#onBytes = onBytes;
    this.#onGap = onGap;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#left > 0 ? this.#takeBytes(rest) : this.#takeHeader(rest);
  }

  /** All that passed is known: what was never copied is a gap at the end. */
  end(passedBytes: number): void {
    if (passedBytes > this.#seen) this.#onGap(passedBytes - this.#seen);
    this.#seen = Math.max(this.#seen, passedBytes);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      const offset = Number(this.#header.readBigUInt64LE(0));
      this.#left = Number(this.#header.readBigUInt64LE(8));
      this.#header = Buffer.alloc(0);
      if (offset > this.#seen) this.#onGap(offset - this.#seen);
      this.#seen = offset;
    }
    return chunk.subarray(missing);
  }

  #takeBytes(chunk: Buffer): Buffer {
    const bytes = chunk.subarray(0, this.#left);
    this.#left -= bytes.length;
    this.#seen += bytes.length;
    this.#onBytes(bytes);
    return chunk.subarray(bytes.length);
  }
}
