import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { PROFILE_POLICIES } from '../policy/policy.ts';
import { monotonicMs } from '../time.ts';
import { parseTrace } from '../trace/trace-parser.ts';
import { createTraceRecorder } from '../trace/trace-recorder.ts';
import { createDetector } from './detect.ts';
import type { Tick } from './detector.ts';
import type { Assessment } from './finding.ts';
import { createLineSplitter } from './line-splitter.ts';
import { replayLog, replayTrace } from './replay.ts';

const { standard, heavy } = PROFILE_POLICIES;

function tickAt(second: number, outputBytes = 0): Tick {
  const at = monotonicMs(1000 * second);
  return {
    at,
    sample: {
      at,
      cpuMs: 1000 * second,
      waitMs: 17 * second,
      rssBytes: 5e7,
      pssBytes: null,
      processCount: 2,
      threadCount: 2,
      fdCount: 8,
      fdLimit: 1024,
      readBytes: 0,
      writeBytes: outputBytes,
      minorFaults: 10 * second,
      voluntarySwitches: second,
      births: 2,
      members: [],
    },
    outputBytes,
    outputLines: 0,
    diskFreeShare: 0.5,
  };
}

/** A run that works, then loops, with an agent's lines in between. */
function linesOf(second: number): readonly string[] {
  if (second < 10) return [`Epoch ${second}/500 loss=${1 / (second + 1)}`, ' 10%'];
  const call = { type: 'tool_use', id: `t${second}`, name: 'Bash', input: { command: 'make' } };
  const answer = { type: 'tool_result', tool_use_id: `t${second}`, content: 'No rule' };
  return [
    `2026-01-01T10:00:${second} [req-${(second * 7919).toString(16)}abc1] job failed, retrying`,
    JSON.stringify({ type: 'assistant', message: { id: `m${second}`, content: [call] } }),
    JSON.stringify({ type: 'user', message: { content: [answer] } }),
    'starting over',
    'starting over',
  ];
}

/** The assessments of that run, and its trace. */
function liveRun(text: 'full' | 'none') {
  const recorder = createTraceRecorder({ text, cores: 2, charsMax: 1e6 });
  const detector = createDetector({ ...standard, cores: 2 }, recorder);
  const assessments: Assessment[] = [];
  let bytes = 0;
  for (let second = 0; second < 90; second++) {
    for (const line of linesOf(second)) {
      detector.line({ stream: 'stdout', text: line, redraw: line.endsWith('%') }, monotonicMs(0));
      bytes += line.length + 1;
    }
    assessments.push(detector.tick(tickAt(second, bytes)));
  }
  return { assessments, trace: recorder.text() };
}

function replayed(trace: string): readonly Assessment[] {
  const assessments: Assessment[] = [];
  replayTrace(parseTrace(trace), standard, {
    toTheEnd: true,
    onAssessment: (assessment) => assessments.push(assessment),
  });
  return assessments;
}

const withoutSamples = (assessments: readonly Assessment[]) =>
  JSON.stringify(assessments, (key, value) => (key === 'sampleLines' ? undefined : value));

describe('a replay', () => {
  it('of a trace with text gives byte for byte what was said live', () => {
    const { assessments, trace } = liveRun('full');
    expect(assessments.some(({ findings }) => findings[0]?.severity === 'stop')).toBe(true);
    expect(JSON.stringify(replayed(trace))).toBe(JSON.stringify(assessments));
  });

  it('of a trace without text gives the same but for the sample lines', () => {
    const { assessments, trace } = liveRun('none');
    expect(trace).not.toContain('starting over');
    expect(withoutSamples(replayed(trace))).toBe(withoutSamples(assessments));
  });

  it('says when a run would have been stopped, by another policy as well', () => {
    const trace = parseTrace(liveRun('full').trace);
    const patient = replayTrace(trace, standard);
    const fast = replayTrace(trace, heavy);
    expect(fast.stop?.atMs).toBeLessThan(patient.stop?.atMs ?? 0);
    expect(patient.alert?.atMs).toBeLessThan(patient.stop?.atMs ?? 0);
    expect(replayTrace(trace, { ...standard, rollout: 'shadow' })).toMatchObject({
      stop: null,
      alert: { decision: { applied: 'alert' } },
    });
  });

  it('of a log takes the pace and the CPU it is told', () => {
    const log = 'processing request 4242 failed, retrying endlessly\n'.repeat(400);
    const busy = replayLog([log], { linesPerSecond: 8, cpuPercent: 100 }, heavy);
    expect(busy.stop?.atMs).toBeLessThanOrEqual(8000);
    const short = replayLog([log], { linesPerSecond: 200, cpuPercent: 100 }, standard);
    expect(short).toMatchObject({ stop: null, lines: 400, durationMs: 3000 });
  });
});

describe('a detector', () => {
  it('takes any text, any chunks and any figures without failing', () => {
    const figure = fc.oneof(fc.nat(), fc.double({ noNaN: true, min: 0, max: 1e15 }));
    const step = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 80 }),
      cpuMs: figure,
      rssBytes: figure,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const detector = createDetector(standard);
        const splitter = createLineSplitter('stdout');
        let cpuMs = 0;
        for (const [second, given] of steps.entries()) {
          cpuMs += given.cpuMs;
          splitter.push(given.text, (line) => detector.line(line, monotonicMs(0)));
          const tick = tickAt(second, second * 100);
          const sample = tick.sample && { ...tick.sample, cpuMs, rssBytes: given.rssBytes };
          const { scores, findings } = detector.tick({ ...tick, sample });
          for (const score of Object.values(scores)) {
            expect(score).toBeGreaterThanOrEqual(0);
            expect(score).toBeLessThanOrEqual(100);
          }
          for (const { summary } of findings) expect(summary).not.toMatch(/NaN|undefined|Infinity/);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('knows nothing and claims nothing before the first line and sample', () => {
    const detector = createDetector(standard);
    const assessment = detector.tick({ ...tickAt(0), sample: null });
    expect(assessment).toMatchObject({ scores: { cpu: 0, entropy: 100 }, findings: [] });
  });

  it('has the strongest finding first', () => {
    const detector = createDetector({
      ...standard,
      limits: { ...standard.limits, maxTimeMs: 20_000 },
    });
    let last: Assessment | undefined;
    for (let second = 0; second <= 20; second++) {
      for (let i = 0; i < 8; i++) {
        detector.line(
          { stream: 'stdout', text: 'job failed, retrying', redraw: false },
          monotonicMs(0),
        );
      }
      last = detector.tick(tickAt(second, second * 1000));
    }
    expect(last?.findings.map((f) => [f.ruleId, f.severity])).toEqual([
      ['budget', 'stop'],
      ['output-loop', 'stop'],
      ['retry-storm', 'alert'],
    ]);
    expect(last?.findings[0]).toMatchObject({ hardLimit: true });
  });

  it('analyses a flood in blocks only, and still sees that it is stale', () => {
    const detector = createDetector(standard);
    const tapped: string[] = [];
    const recorder = createTraceRecorder({ text: 'full', cores: 1, charsMax: 1e6 });
    const flooded = createDetector(standard, {
      ...recorder,
      line: (line) => tapped.push(line.text),
      agent: () => {},
      tick: () => {},
    });
    const line = { stream: 'stdout', text: 'y', redraw: false } as const;
    for (let i = 0; i < 10 * LIMITS.analysedLinesPerTick; i++) flooded.line(line, monotonicMs(0));
    expect(tapped.length).toBeLessThan(2 * LIMITS.analysedLinesPerTick);
    let entropy = 100;
    for (let second = 0; second < 12; second++) {
      for (let i = 0; i < 3 * LIMITS.analysedLinesPerTick; i++) detector.line(line, monotonicMs(0));
      entropy = detector.tick(tickAt(second, second * 1e5)).scores.entropy;
    }
    expect(entropy).toBeLessThan(20);
  });
});
