import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputLine, Tick } from '../detection/detector.ts';
import type { LineFacts } from '../detection/line-facts.ts';
import type { TreeSample } from '../detection/sample.ts';
import { isFlowForgeError } from '../error.ts';
import { monotonicMs } from '../time.ts';
import type { TraceRecord } from './trace.ts';
import { looksLikeTrace, parseTrace } from './trace-parser.ts';
import { createTraceRecorder, type TraceOptions, type TraceRecorder } from './trace-recorder.ts';

const FACTS: LineFacts = {
  symbol: 1,
  information: 0,
  failure: false,
  identical: false,
  metric: false,
  novel: false,
  progress: false,
  counted: true,
};
const OPTIONS: TraceOptions = { text: 'full', cores: 2, charsMax: 1e6 };

const count = fc.oneof(fc.nat({ max: 2 ** 40 }), fc.double({ min: 0, max: 1e9, noNaN: true }));
const line = fc.record({
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  text: fc.string({ unit: 'binary', maxLength: 30 }),
  redraw: fc.boolean(),
});
const facts = fc.record({
  symbol: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  information: fc.constantFrom(0, 0.1, 0.45, 0.7, 1),
  failure: fc.boolean(),
  identical: fc.boolean(),
  metric: fc.boolean(),
  novel: fc.boolean(),
  progress: fc.boolean(),
  counted: fc.boolean(),
});
const second = fc.record({
  lines: fc.array(fc.record({ line, facts, times: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 5,
  }),
  elapsedMs: fc.integer({ min: 0, max: 5000 }),
  figures: fc.option(
    fc.record({ cpuMs: count, rssBytes: count, readBytes: count, fdLimit: fc.option(count) }),
  ),
  outputBytes: count,
});

/** Ticks whose counters only grow, as those of a real tree do. */
function ticksOf(
  seconds: readonly {
    elapsedMs: number;
    figures: Partial<TreeSample> | null;
    outputBytes: number;
  }[],
) {
  const sums = { at: 0, outputBytes: 0, cpuMs: 0, readBytes: 0 };
  return seconds.map(({ elapsedMs, figures, outputBytes }): Tick => {
    sums.at += elapsedMs;
    sums.outputBytes += outputBytes;
    sums.cpuMs += figures?.cpuMs ?? 0;
    sums.readBytes += figures?.readBytes ?? 0;
    const at = monotonicMs(sums.at);
    return {
      at,
      sample: figures && sampleAt(at, { ...figures, cpuMs: sums.cpuMs, readBytes: sums.readBytes }),
      outputBytes: sums.outputBytes,
      outputLines: 0,
      diskFreeShare: null,
    };
  });
}

function sampleAt(at: Tick['at'], figures: Partial<TreeSample> = {}): TreeSample {
  return {
    at,
    cpuMs: 0,
    waitMs: 0,
    rssBytes: 1,
    pssBytes: null,
    processCount: 1,
    threadCount: 1,
    fdCount: 1,
    fdLimit: null,
    readBytes: 0,
    writeBytes: 0,
    minorFaults: 0,
    voluntarySwitches: 0,
    births: 1,
    members: [],
    ...figures,
  };
}

type Second = typeof second extends fc.Arbitrary<infer S> ? S : never;

/** Tells a recorder all of it, and what a reader should hear. */
function tell(recorder: TraceRecorder, seconds: readonly Second[], text: 'full' | 'none') {
  return ticksOf(seconds).flatMap((tick, i): TraceRecord[] => {
    const lines = (seconds[i]?.lines ?? []).flatMap((told) =>
      Array.from({ length: told.times }, () => told),
    );
    for (const { line, facts } of lines) recorder.line(line, facts);
    recorder.tick(tick);
    const records = lines.map(
      ({ line, facts }): TraceRecord =>
        text === 'full' ? { type: 'line', line } : { type: 'facts', facts },
    );
    return [...records, { type: 'tick', tick }];
  });
}

const tickAt = (ms: number): Tick => ({
  at: monotonicMs(ms),
  sample: null,
  outputBytes: 0,
  outputLines: 0,
  diskFreeShare: null,
});

const read = (text: string): readonly TraceRecord[] => [...parseTrace(text).records];

describe('a trace', () => {
  it.each(['full', 'none'] as const)('with text %s reads back as it was told', (text) => {
    fc.assert(
      fc.property(fc.array(second, { maxLength: 150 }), (seconds) => {
        const recorder = createTraceRecorder({ ...OPTIONS, text, charsMax: 1e9 });
        const told = tell(recorder, seconds, text);
        expect(read(recorder.text())).toEqual(told);
      }),
      { numRuns: 30 },
    );
  });

  it('is ASCII, so that offsets are bytes', () => {
    const recorder = createTraceRecorder({ ...OPTIONS, about: { job: 'größe' } });
    recorder.line({ stream: 'stdout', text: 'naïve ✓ 🎉\u2028', redraw: false }, FACTS);
    recorder.tick(tickAt(0));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    expect(recorder.text()).toMatch(/^[\u0000-\u007e]*$/);
  });

  it('writes a run of equal lines once', () => {
    const recorder = createTraceRecorder(OPTIONS);
    for (let i = 0; i < 100_000; i++)
      recorder.line({ stream: 'stdout', text: 'y', redraw: false }, FACTS);
    recorder.tick(tickAt(0));
    expect(recorder.text().length).toBeLessThan(300);
    expect(read(recorder.text())).toHaveLength(100_001);
  });

  it('drops its oldest minutes when it runs out of room, and is still a trace', () => {
    const recorder = createTraceRecorder({ ...OPTIONS, charsMax: 20_000 });
    for (let i = 0; i < 3600; i++) {
      recorder.line({ stream: 'stdout', text: `line ${i}`, redraw: false }, FACTS);
      recorder.tick({ ...tickAt(1000 * i), sample: sampleAt(monotonicMs(1000 * i), { cpuMs: i }) });
    }
    expect(recorder.text().length).toBeLessThan(21_000);
    const records = read(recorder.text());
    const last = records.at(-1) as Extract<TraceRecord, { type: 'tick' }>;
    expect(last.tick).toMatchObject({ at: 3_599_000, sample: { cpuMs: 3599 } });
    expect(recorder.droppedTicks()).toBeGreaterThan(3000);
  });

  it('stays in its room when a single tick brings more than fits', () => {
    const recorder = createTraceRecorder({ ...OPTIONS, charsMax: 5_000 });
    for (let i = 0; i < 10_000; i++) {
      recorder.line({ stream: 'stdout', text: `line ${i}`, redraw: false }, FACTS);
    }
    recorder.tick(tickAt(0));
    expect(recorder.text().length).toBeLessThan(6_000);
    expect(read(recorder.text()).at(-1)).toMatchObject({ type: 'tick' });
  });

  it('is redacted before it is written', () => {
    const redact = (text: string) => text.replaceAll('secret', '***');
    const recorder = createTraceRecorder({ ...OPTIONS, redact });
    const text: OutputLine = { stream: 'stdout', text: 'key=secret', redraw: false };
    recorder.line(text, FACTS);
    recorder.tick(tickAt(0));
    expect(recorder.text()).not.toContain('secret');
  });
});

describe('a damaged trace', () => {
  const header = '{"format":"flowforge-trace","version":1,"text":"full","cores":2,"about":{}}\n';
  const at = header.length;

  it.each([
    ['is not a trace', 'hello\n', 0],
    ['is empty', '', 0],
    ['is of another version', header.replace('1', '7'), 0],
    ['has a header without a number of cores', header.replace('"cores":2', '"cores":0'), 0],
    ['ends after its header', header.trimEnd(), at - 1],
    ['is truncated in a record', `${header}o "abc`, at],
    ['has an unknown record', `${header}z 1\n`, at],
    ['has a line that is no text', `${header}o 17\n`, at],
    ['has a line that is cut', `${header}o "abc\n`, at],
    ['has a tick of the wrong shape', `${header}T {"a":1}\n`, at],
    ['has a tick with too few figures', `${header}T [0,0,0,null,0,1,2]\n`, at],
    ['has a figure that is no number', `${header}T [0,"x",0,null]\n`, at],
    ['has a relative tick first', `${header}t [0,0,0,null]\n`, at],
    [
      'goes back in time',
      `${header}T [9,0,0,null]\nt [-1,0,0,null]\n`,
      at + 'T [9,0,0,null]\n'.length,
    ],
    ['has facts of an unknown symbol', `${header}f 3 0 0\n`, at],
    ['has information beyond all', `${header}s 5\nf 0 2 0\n`, at + 4],
    ['has a run without end', `${header}o99999999999 "a"\n`, at],
    ['has agent events that are none', `${header}a [{"type":"call"}]\n`, at],
    ['has a null byte', `${header}\0\n`, at],
  ])('that %s is refused with its offset', (_, text, offset) => {
    const attempt = () => read(text);
    expect(attempt).toThrowError(new RegExp(`at byte ${offset}\\)`));
    try {
      attempt();
    } catch (error) {
      expect(isFlowForgeError(error, 'FF_TRACE_INVALID')).toBe(true);
    }
  });

  it('is refused or read, but never breaks the reader, whatever a byte of it becomes', () => {
    const recorder = createTraceRecorder(OPTIONS);
    for (let i = 0; i < 5; i++) {
      recorder.line({ stream: 'stdout', text: `line ${i}`, redraw: false }, FACTS);
      recorder.tick({ ...tickAt(i), sample: sampleAt(monotonicMs(i)) });
    }
    const whole = recorder.text();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ maxLength: 3 }), (place, junk) => {
        const damaged = whole.slice(0, place) + junk + whole.slice(place + 1);
        try {
          read(damaged);
        } catch (error) {
          expect(isFlowForgeError(error, 'FF_TRACE_INVALID')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is told from a log by its first characters', () => {
    expect(looksLikeTrace(header)).toBe(true);
    expect(looksLikeTrace('{"level":"info"}\n')).toBe(false);
  });
});
