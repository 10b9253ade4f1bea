// What others do, re-implemented to stand beside the detector: each is given the same lines and readings
// and says at which tick it would have stopped the run.

import { distance } from 'fastest-levenshtein';
import type { OutputLine, Tick } from '../../src/core/detection/detector.ts';
import type { TraceRecord } from '../../src/core/trace/trace.ts';

interface Baseline {
  readonly name: string;
  start(): { line(line: OutputLine): void; tick(tick: Tick): boolean };
}

/** When each baseline would have stopped the run, in ms since its beginning; null: never. */
export function baselineStops(
  records: readonly TraceRecord[],
): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    BASELINES.map((baseline) => [baseline.name, stopOf(baseline, records)]),
  );
}

function stopOf(baseline: Baseline, records: readonly TraceRecord[]): number | null {
  const running = baseline.start();
  let startedAt: number | null = null;
  for (const record of records) {
    if (record.type === 'line') running.line(record.line);
    if (record.type !== 'tick') continue;
    startedAt ??= record.tick.at;
    if (running.tick(record.tick)) return record.tick.at - startedAt;
  }
  return null;
}

const WINDOW = 10;
const MAX_CPU_PERCENT = 60;
const CPU_OVER_MS = 5_000;

/** The formula of FlowForge 1: CPU over 60 % (lifetime average) for 5 s, and ten lines alike. */
const firstFlowForge: Baseline = {
  name: 'first FlowForge',
  start() {
    const window: string[] = [];
    let overSince: number | null = null;
    return {
      line({ text, redraw }) {
        if (redraw) return;
        window.push(text);
        if (window.length > WINDOW) window.shift();
      },
      tick({ at, sample }) {
        const percent = sample && at > 0 ? (100 * sample.cpuMs) / at : 0;
        overSince = percent > MAX_CPU_PERCENT ? (overSince ?? at) : null;
        if (overSince === null || at - overSince < CPU_OVER_MS) return false;
        return looksAlike(window);
      },
    };
  },
};

function looksAlike(window: readonly string[]): boolean {
  if (window.length < WINDOW) return false;
  const normal = window.map(normalised);
  const first = normal[0] ?? '';
  const repetition =
    normal.slice(1).filter((text) => similarity(first, text) >= 0.9).length / (WINDOW - 1);
  const entropy = new Set(normal).size / WINDOW;
  if (repetition <= 0.8 && entropy >= 0.2) return false;
  return !(looksLikeProgress(window) && new Set(window).size / WINDOW >= 0.85);
}

const normalised = (text: string): string =>
  text
    .replace(/0x[0-9a-fA-F]+/g, '<HEX>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<TIME>')
    .replace(/\b\d\d:\d\d:\d\d\b/g, '<TIME>')
    .replace(/\b\d+(?:\.\d+)?\b/g, '<NUM>');

const similarity = (a: string, b: string): number =>
  1 - distance(a, b) / Math.max(1, a.length, b.length);

function looksLikeProgress(lines: readonly string[]): boolean {
  const share = (matches: number, of: number) => (of === 0 ? 0 : matches / of);
  const hints = lines.filter((line) => /progress|step=|tick=|phase=|heartbeat/i.test(line)).length;
  const numbers = lines.flatMap((line) => /\d+(?:\.\d+)?/.exec(line)?.[0] ?? []).map(Number);
  const rises = numbers.slice(1).filter((value, i) => value > (numbers[i] ?? 0)).length;
  return (
    share(hints, lines.length) >= 0.4 &&
    share(numbers.length, lines.length) >= 0.7 &&
    share(rises, numbers.length - 1) >= 0.7
  );
}

/** The same line so many times in a row, as most agents guard themselves. */
const identical = (count: number): Baseline => ({
  name: `${count} identical`,
  start() {
    let last = '';
    let run = 0;
    let longest = 0;
    return {
      line({ text, redraw }) {
        if (redraw || text === '') return;
        run = text === last ? run + 1 : 1;
        last = text;
        longest = Math.max(longest, run);
      },
      tick: () => longest >= count,
    };
  },
});

const CYCLE_MAX = 5;
const CYCLE_REPEATS = 5;

/** A cycle of up to five lines, five times over. */
const toolCycle: Baseline = {
  name: 'cycle ≤5, ×5',
  start() {
    const tail: string[] = [];
    let found = false;
    return {
      line({ text, redraw }) {
        if (redraw || text === '') return;
        tail.push(text);
        if (tail.length > CYCLE_MAX * CYCLE_REPEATS) tail.shift();
        for (let period = 1; period <= CYCLE_MAX && !found; period++) found = repeats(tail, period);
      },
      tick: () => found,
    };
  },
};

function repeats(tail: readonly string[], period: number): boolean {
  const length = period * CYCLE_REPEATS;
  if (tail.length < length) return false;
  const from = tail.length - length;
  for (let i = from + period; i < tail.length; i++) if (tail[i] !== tail[i - period]) return false;
  return true;
}

/** Nine tenths of a core for a minute. */
const cpuThreshold: Baseline = {
  name: 'CPU > 90 %, 60 s',
  start() {
    let since: number | null = null;
    let before: Tick | null = null;
    return {
      line() {},
      tick(tick) {
        const used = (tick.sample?.cpuMs ?? 0) - (before?.sample?.cpuMs ?? 0);
        const percent = before && tick.at > before.at ? (100 * used) / (tick.at - before.at) : 0;
        since = percent > 90 ? (since ?? before?.at ?? tick.at) : null;
        before = tick;
        return since !== null && tick.at - since >= 60_000;
      },
    };
  },
};

/** A plain timeout. */
const timeout: Baseline = {
  name: 'timeout 60 s',
  start() {
    let startedAt: number | null = null;
    return {
      line() {},
      tick({ at }) {
        startedAt ??= at;
        return at - startedAt >= 60_000;
      },
    };
  },
};

export const BASELINES: readonly Baseline[] = [
  firstFlowForge,
  identical(4),
  identical(5),
  toolCycle,
  cpuThreshold,
  timeout,
];
