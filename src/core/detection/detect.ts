// The detector of an attempt: lines and samples in, one assessment per tick out. Deterministic, bounded.

import { LIMITS } from '../limits.ts';
import { type MonotonicMs, monotonicMs } from '../time.ts';
import type { AgentEvent } from './agent/agent-event.ts';
import { AgentStream } from './agent/agent-stream.ts';
import { AgentWindow } from './agent/agent-window.ts';
import type { Detector, DetectorOptions, DetectorTap, OutputLine, Tick } from './detector.ts';
import type { Assessment, Finding, Scores, Severity } from './finding.ts';
import type { Indicators } from './indicators.ts';
import { LineAnalysis } from './line-analysis.ts';
import type { LineFacts } from './line-facts.ts';
import { isAnalysed, OutputWindow } from './output-window.ts';
import { type ResourceIndicators, ResourceWindow } from './resource-window.ts';
import { ALL_RULES } from './rules/all-rules.ts';
import type { RunningRule } from './rules/rule.ts';
import { NOTHING_SPENT, type Spent } from './spent.ts';

/** A detector for one attempt. Its state stays below 4 MB, whatever is printed. */
export function createDetector(options: DetectorOptions, tap?: DetectorTap): Detector {
  return new AttemptDetector(options, tap);
}

/** Also takes what a trace recorded: lines chosen for analysis before, and facts without their text. */
export class AttemptDetector implements Detector {
  private readonly options: DetectorOptions;
  private readonly analysis: LineAnalysis;
  private readonly output: OutputWindow;
  private readonly resources = new ResourceWindow();
  private readonly rules: readonly RunningRule[];
  private readonly agentStream = new AgentStream();
  private readonly agent = new AgentWindow();
  private readonly lastLines: string[] = [];
  private linesOfTick = 0;
  private readonly tap: DetectorTap | undefined;
  private startedAt: MonotonicMs | null = null;
  private tickedAt: MonotonicMs | null = null;
  private outputBytes = 0;
  private spentSoFar: Spent;

  constructor(options: DetectorOptions, tap?: DetectorTap) {
    this.tap = tap;
    this.options = options;
    this.spentSoFar = options.spentBefore ?? NOTHING_SPENT;
    this.analysis = new LineAnalysis(options.detection.progressRegex);
    this.output = new OutputWindow(memorySeconds(options));
    this.rules = ALL_RULES.map((rule) => rule.start(options));
  }

  line(line: OutputLine): void {
    if (isAnalysed(this.linesOfTick++)) this.analysedLine(line);
  }

  /** A line that was chosen for analysis. */
  analysedLine(line: OutputLine): void {
    const events = line.redraw ? null : this.agentStream.read(line.text);
    if (events) {
      this.tap?.agent(line, events);
      this.agentEvents(events);
      return;
    }
    const facts = this.analysis.analyse(line);
    this.tap?.line(line, facts);
    this.output.add(facts);
    if (line.redraw) return;
    this.lastLines.push(line.text);
    if (this.lastLines.length > LIMITS.sampleLinesMax) this.lastLines.shift();
  }

  /** What an agent's line told. */
  agentEvents(events: readonly AgentEvent[]): void {
    this.agent.add(events, this.tickedAt ?? monotonicMs(0));
  }

  /** What a line told, from a trace without text. */
  recordedFacts(facts: Readonly<LineFacts>): void {
    if (facts.symbol !== 0) this.analysis.cycle.push(facts.symbol);
    this.output.add(facts);
  }

  tick(tick: Tick): Assessment {
    this.tap?.tick(tick);
    const indicators = this.measure(tick);
    const verdicts = this.rules.map((rule) => rule(indicators));
    const findings = verdicts.flatMap((verdict) => verdict.finding ?? []).sort(strongestFirst);
    const confidence = Math.max(0, ...verdicts.map((verdict) => verdict.confidence));
    return { at: tick.at, scores: this.scores(indicators, confidence), findings };
  }

  spent(): Spent {
    return this.spentSoFar;
  }

  /** Closes a tick and gives what the rules will see of it. */
  measure(tick: Tick): Indicators {
    const { at } = tick;
    this.startedAt ??= at;
    const elapsedMs = this.tickedAt === null ? LIMITS.samplePeriodMs : at - this.tickedAt;
    const printed = tick.outputBytes > this.outputBytes;
    const resources: ResourceIndicators = this.resources.tick(at, tick.sample, printed);
    const output = this.output.tick(tick, elapsedMs, this.analysis.cycle);
    this.tickedAt = at;
    this.outputBytes = tick.outputBytes;
    this.linesOfTick = 0;
    const ageMs = at - this.startedAt;
    const agent = this.agent.tick(at);
    const before = this.options.spentBefore ?? NOTHING_SPENT;
    this.spentSoFar = {
      timeMs: before.timeMs + ageMs,
      cpuMs: before.cpuMs + resources.cpuTimeMs,
      outputBytes: before.outputBytes + output.outputBytes,
      tokens: before.tokens + (agent?.tokens ?? 0),
      costUsd: before.costUsd + (agent?.costUsd ?? 0),
    };
    return {
      at,
      elapsedMs,
      ageMs,
      spent: this.spentSoFar,
      output,
      resources,
      agent,
      diskFreeShare: tick.diskFreeShare,
      lastLines: [...this.lastLines],
    };
  }

  private scores({ output, resources }: Indicators, confidence: number): Scores {
    const { maxCpuPercent } = this.options.limits;
    return {
      cpu: 100 * Math.min(1, resources.demandPercent / maxCpuPercent),
      entropy: 100 * (1 - output.staleness),
      confidence,
    };
  }
}

/** The time over which output is judged grows with the patience of the policy. */
const memorySeconds = ({ detection }: DetectorOptions): number =>
  2 + 1.5 * detection.evidenceTauSeconds;

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { notice: 0, alert: 1, stop: 2 };

const strongestFirst = (a: Finding, b: Finding): number =>
  SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity] || b.confidence - a.confidence;
