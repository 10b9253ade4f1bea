// How fast the detector's core reads lines, beside a plain line splitter on the same text, and how much
// memory its state takes.

import { AttemptDetector } from '../../src/core/detection/detect.ts';
import { createLineSplitter } from '../../src/core/detection/line-splitter.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { chanceOf } from './random.ts';

export interface Throughput {
  readonly splitterLinesPerSecond: number;
  readonly detectorLinesPerSecond: number;
  /** Time of the detector over time of the splitter. */
  readonly ratio: number;
  readonly stateBytes: number;
}

const LINES = 200_000;
const ROUNDS = 7;
const CHUNK = 65_536;

/** Median of several rounds, in CPU time, so that other work on the machine counts less. */
export function measureThroughput(): Throughput {
  const text = mixedLog();
  const splitter = median(() => split(text, () => {}));
  const detector = median(() => {
    const attempt = new AttemptDetector(PROFILE_POLICIES.standard);
    split(text, (line) => attempt.analysedLine(line));
  });
  return {
    splitterLinesPerSecond: Math.round(LINES / splitter),
    detectorLinesPerSecond: Math.round(LINES / detector),
    ratio: detector / splitter,
    stateBytes: stateBytes(text),
  };
}

function split(text: string, onLine: Parameters<ReturnType<typeof createLineSplitter>['push']>[1]) {
  const splitter = createLineSplitter('stdout');
  for (let from = 0; from < text.length; from += CHUNK) {
    splitter.push(text.slice(from, from + CHUNK), onLine);
  }
}

function median(work: () => void): number {
  const seconds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  }).sort((a, b) => a - b);
  return seconds[Math.floor(ROUNDS / 2)] ?? 0;
}

/** What is held of the heap and beside it (typed arrays) after all lines; needs --expose-gc, else 0. */
function stateBytes(text: string): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (!collect) return 0;
  collect();
  const before = held();
  const attempt = new AttemptDetector(PROFILE_POLICIES.standard);
  split(text, (line) => attempt.analysedLine(line));
  collect();
  const after = held();
  attempt.measure({
    at: 0 as never,
    sample: null,
    outputBytes: 0,
    outputLines: 0,
    diskFreeShare: null,
  });
  return Math.max(0, after - before);
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A third each of server lines, training steps and failures, about 70 characters a line. */
function mixedLog(): string {
  const chance = chanceOf(1);
  const lines = Array.from({ length: LINES }, (_, i) => {
    if (i % 3 === 0) {
      return `2026-01-01T10:00:0${i % 10}.${i % 1000}Z INFO worker-${i % 8} processed request ${i} in ${i % 977}ms status=200`;
    }
    if (i % 3 === 1)
      return `step ${i} loss ${(3 / (1 + i / 1e5)).toFixed(4)} lr 0.001 tok/s ${90_000 + (i % 900)}`;
    return `ERROR [${chance.hex(8)}] connect ETIMEDOUT db-${i % 3}.internal:5432 (retry #${i})`;
  });
  return `${lines.join('\n')}\n`;
}
