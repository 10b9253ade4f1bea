// Asks a policy again what it makes of a run: of a trace with its true resources, or of any log with an
// assumed pace and CPU. The same code as live, fed from a record.

import { type Decision, decide } from '../policy/decide.ts';
import type { Policy } from '../policy/policy.ts';
import { monotonicMs } from '../time.ts';
import type { Trace } from '../trace/trace-parser.ts';
import { AttemptDetector } from './detect.ts';
import type { OutputLine } from './detector.ts';
import type { Assessment } from './finding.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { TreeSample } from './sample.ts';

/** A moment of a replay at which the decision changed. */
export interface ReplayMoment {
  /** Since the beginning of the record, in ms. */
  readonly atMs: number;
  readonly decision: Decision;
  readonly assessment: Assessment;
}

export interface Replay {
  /** Length of what was replayed: to the stop, or to the end. */
  readonly durationMs: number;
  readonly ticks: number;
  readonly lines: number;
  /** Every change of the decision, at most REPLAY_MOMENTS_MAX of them. */
  readonly moments: readonly ReplayMoment[];
  /** The first moment worth telling, and the one at which the run would have been stopped. */
  readonly alert: ReplayMoment | null;
  readonly stop: ReplayMoment | null;
  /** CPU time the run had used at its end here, in ms. */
  readonly cpuMs: number;
  readonly last: Assessment | null;
}

/** What a log does not tell. */
export interface LogAssumptions {
  readonly linesPerSecond: number;
  readonly cpuPercent: number;
}

export interface ReplayOptions {
  /** Go on after the stop, as if nothing had been done. */
  readonly toTheEnd?: boolean;
  /** Hears every assessment, for plots and fits. */
  readonly onAssessment?: (assessment: Assessment) => void;
}

export const REPLAY_MOMENTS_MAX = 1_000;

/**
 * Replays a trace against a policy.
 * @throws FlowForgeError FF_TRACE_INVALID, with the byte offset, where the trace is damaged.
 */
export function replayTrace(trace: Trace, policy: Policy, options: ReplayOptions = {}): Replay {
  const replayer = new Replayer(policy, trace.header.cores, options);
  for (const record of trace.records) {
    if (record.type === 'tick') replayer.tick(record.tick);
    else if (record.type === 'line') replayer.line(record.line);
    else if (record.type === 'facts') replayer.detector.recordedFacts(record.facts);
    else replayer.detector.agentEvents(record.events);
    if (record.type === 'facts') replayer.lines++;
    if (replayer.isOver) break;
  }
  return replayer.result();
}

/**
 * Replays any text log as if it had been printed at an even pace, on a tree with a steady demand for CPU.
 * @param pieces the text, in pieces of any length
 */
export function replayLog(
  pieces: Iterable<string>,
  assumed: LogAssumptions,
  policy: Policy,
  options: ReplayOptions = {},
): Replay {
  const replayer = new Replayer(policy, 1, options);
  const pace = new PacedRun(assumed, replayer);
  const splitter = createLineSplitter('stdout');
  for (const piece of pieces) {
    for (let from = 0; from < piece.length && !replayer.isOver; from += LOG_CHUNK) {
      splitter.push(piece.slice(from, from + LOG_CHUNK), (line) => pace.line(line));
    }
    if (replayer.isOver) break;
  }
  splitter.end((line) => pace.line(line));
  pace.end();
  return replayer.result();
}

const LOG_CHUNK = 65_536;

class Replayer {
  readonly detector: AttemptDetector;
  lines = 0;
  isOver = false;
  private readonly policy: Policy;
  private readonly options: ReplayOptions;
  private readonly moments: ReplayMoment[] = [];
  private alert: ReplayMoment | null = null;
  private stop: ReplayMoment | null = null;
  private startedAt: number | null = null;
  private at = 0;
  private ticks = 0;
  private cpuMs = 0;
  private last: Assessment | null = null;
  private decision = 'none';

  constructor(policy: Policy, cores: number, options: ReplayOptions) {
    this.policy = policy;
    this.options = options;
    this.detector = new AttemptDetector({ ...policy, cores });
  }

  line(line: OutputLine): void {
    this.lines++;
    this.detector.analysedLine(line);
  }

  tick(tick: Parameters<AttemptDetector['tick']>[0]): void {
    const assessment = this.detector.tick(tick);
    this.startedAt ??= tick.at;
    this.at = tick.at;
    this.ticks++;
    this.cpuMs = tick.sample?.cpuMs ?? this.cpuMs;
    this.last = assessment;
    this.options.onAssessment?.(assessment);
    this.decide(assessment, tick.at - this.startedAt);
  }

  result(): Replay {
    const { ticks, lines, moments, alert, stop, cpuMs, last } = this;
    return {
      durationMs: this.at - (this.startedAt ?? this.at),
      ticks,
      lines,
      moments,
      alert,
      stop,
      cpuMs,
      last,
    };
  }

  private decide(assessment: Assessment, atMs: number): void {
    const context = { jobKey: '', attemptAgeMs: atMs };
    const decision = decide(assessment, context, this.policy);
    const moment = { atMs, decision, assessment };
    const key = `${decision.applied} ${decision.finding?.ruleId}`;
    if (key !== this.decision && this.moments.length < REPLAY_MOMENTS_MAX)
      this.moments.push(moment);
    this.decision = key;
    if (decision.applied === 'none') return;
    this.alert ??= moment;
    if (decision.applied === 'alert' || this.stop) return;
    this.stop = moment;
    this.isOver = this.options.toTheEnd !== true;
  }
}

/** Gives a log the time it does not have. */
class PacedRun {
  private readonly assumed: LogAssumptions;
  private readonly replayer: Replayer;
  private second = 0;
  private lines = 0;
  private bytes = 0;

  constructor(assumed: LogAssumptions, replayer: Replayer) {
    this.assumed = assumed;
    this.replayer = replayer;
    this.tick();
  }

  line(line: OutputLine): void {
    if (this.replayer.isOver) return;
    this.replayer.line(line);
    this.lines++;
    this.bytes += line.text.length + 1;
    while (this.lines >= (this.second + 1) * this.assumed.linesPerSecond) {
      this.second++;
      this.tick();
      if (this.replayer.isOver) return;
    }
  }

  end(): void {
    if (this.replayer.isOver) return;
    this.second++;
    this.tick();
  }

  private tick(): void {
    const at = monotonicMs(1000 * this.second);
    const cpuMs = 10 * this.assumed.cpuPercent * this.second;
    const sample: TreeSample = { ...STEADY, at, cpuMs };
    this.replayer.tick({
      at,
      sample,
      outputBytes: this.bytes,
      outputLines: this.lines,
      diskFreeShare: null,
    });
  }
}

const STEADY: Omit<TreeSample, 'at' | 'cpuMs'> = {
  waitMs: 0,
  rssBytes: 50e6,
  pssBytes: null,
  processCount: 1,
  threadCount: 1,
  fdCount: 10,
  fdLimit: null,
  readBytes: 0,
  writeBytes: 0,
  minorFaults: 0,
  voluntarySwitches: 0,
  births: 1,
  members: [],
};
