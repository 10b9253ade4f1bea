// What the shim says and is told, in messages of fixed size over the life-line. See native/shim/PROTOCOL.md.

import { constants } from 'node:os';
import type { SignalSent } from '../../core/event.ts';
import type { Stream } from '../../core/detection/sample.ts';
import type { ExitStatus, Signal, SignalScope } from '../../core/run.ts';

export const SHIM_PROTOCOL_VERSION = 2;

/** A word of the shim. */
export type ShimReport =
  | { readonly type: 'hello'; readonly version: number; readonly hasTerminal: boolean }
  | {
      readonly type: 'began';
      readonly pid: number;
      readonly startTicks: number;
      /** The process between shim and leader, or 0. */
      readonly keeperPid: number;
    }
  | { readonly type: 'failed'; readonly stage: ShimStage; readonly errno: number }
  | { readonly type: 'leader-ended'; readonly exit: ExitStatus }
  | { readonly type: 'leader-suspended' }
  | { readonly type: 'signalled'; readonly sent: SignalSent }
  | { readonly type: 'order-done' }
  | { readonly type: 'usage'; readonly count: number; readonly cpuMs: number }
  | { readonly type: 'empty'; readonly tookMs: number }
  | { readonly type: 'stream-ended'; readonly stream: Stream; readonly passedBytes: number }
  | { readonly type: 'goodbye' };

/** What kept the job from being started. */
export type ShimStage = 'exec' | 'terminal' | 'isolation' | 'other';

export type ShimOrder =
  | { readonly type: 'signal'; readonly signal: Signal; readonly scope: SignalScope }
  | { readonly type: 'kill' | 'release' };

const REPORT_BYTES = 32;
const ORDER_BYTES = 8;
const SCOPES = { tree: 0, group: 1, leader: 2 } as const;
const STAGES: readonly ShimStage[] = ['other', 'exec', 'terminal', 'isolation', 'other'];
const RESULTS: readonly SignalSent['result'][] = ['sent', 'gone', 'refused'];
const WITH_TERMINAL = 1;

/** The bytes of an order. */
export function encodeOrder(order: ShimOrder): Buffer {
  const bytes = Buffer.alloc(ORDER_BYTES);
  bytes.write({ signal: 'S', kill: 'K', release: 'R' }[order.type], 'latin1');
  if (order.type === 'signal') {
    bytes[1] = constants.signals[order.signal];
    bytes[2] = SCOPES[order.scope];
  }
  return bytes;
}

/** Cuts what arrives into reports. */
export class ReportReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The reports that are complete now. Throws at what is none: whoever says that is not our shim. */
  read(chunk: Buffer): ShimReport[] {
    let bytes = Buffer.concat([this.#rest, chunk]);
    const reports: ShimReport[] = [];
    for (; bytes.length >= REPORT_BYTES; bytes = bytes.subarray(REPORT_BYTES)) {
      reports.push(decodeReport(bytes.subarray(0, REPORT_BYTES)));
    }
    this.#rest = bytes;
    return reports;
  }
}

function decodeReport(bytes: Buffer): ShimReport {
  const kind = bytes.toString('latin1', 0, 1);
  const detail = bytes[1] ?? 0;
  const pid = bytes.readUInt32LE(4);
  const [first, second, third] = [8, 16, 24].map((at) => Number(bytes.readBigUInt64LE(at)));
  const [a = 0, b = 0, c = 0] = [first, second, third];
  switch (kind) {
    case 'H':
      return { type: 'hello', version: a, hasTerminal: (detail & WITH_TERMINAL) !== 0 };
    case 'B':
      return { type: 'began', pid, startTicks: a, keeperPid: b };
    case 'F':
      return { type: 'failed', stage: STAGES[detail] ?? 'other', errno: a };
    case 'L':
      return { type: 'leader-ended', exit: decodeExit(detail, a) };
    case 'Z':
      return { type: 'leader-suspended' };
    case 'S':
      return { type: 'signalled', sent: decodeSent(pid, detail, a) };
    case 'D':
      return { type: 'order-done' };
    case 'U':
      return { type: 'usage', count: a, cpuMs: b / 1000 };
    case 'E':
      return { type: 'empty', tookMs: c / 1000 };
    case 'T':
      return { type: 'stream-ended', stream: detail === 1 ? 'stdout' : 'stderr', passedBytes: a };
    case 'G':
      return { type: 'goodbye' };
    default:
      throw new Error('the shim talks nonsense');
  }
}

const decodeExit = (bySignal: number, value: number): ExitStatus =>
  bySignal === 0
    ? { type: 'exited', code: value }
    : { type: 'signaled', signal: signalName(value) };

const decodeSent = (pid: number, signal: number, result: number): SignalSent => ({
  pid,
  signal: signalName(signal),
  result: RESULTS[result] ?? 'refused',
});

const NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

const signalName = (number: number): string => NAMES.get(number) ?? `SIG${number}`;
