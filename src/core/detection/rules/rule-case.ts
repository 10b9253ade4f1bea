// Cases of rules: a run told second by second, played through a whole detector with fake time. Test support.

import { PROFILE_POLICIES, type ProfileName, type RunLimits } from '../../policy/policy.ts';
import { type MonotonicMs, monotonicMs } from '../../time.ts';
import { createDetector } from '../detect.ts';
import type { DetectorOptions } from '../detector.ts';
import type { Assessment, RuleId, Severity } from '../finding.ts';
import type { TreeSample } from '../sample.ts';

/** Some seconds of a run. A function is given the second since the act began. */
export interface Act {
  readonly seconds: number;
  /** Lines printed in a second; those that end in `\r` are redraws. */
  readonly lines?: (second: number) => readonly string[];
  /** Output beyond those lines. */
  readonly bytesPerSecond?: number;
  /** CPU wanted, percent of one core. 0 where not given. */
  readonly demandPercent?: number;
  readonly rssBytes?: (second: number) => number;
  readonly processes?: (second: number) => number;
  readonly birthsPerSecond?: number;
  readonly fds?: (second: number) => number;
  readonly ioBytesPerSecond?: number;
  readonly minorFaultsPerSecond?: number;
  readonly diskFreeShare?: number;
}

export interface RuleCase {
  /** A sentence. */
  readonly title: string;
  readonly acts: readonly Act[];
  readonly profile?: ProfileName;
  readonly limits?: Partial<RunLimits>;
  /** For a case that fires: how far it must go, and by which second of the run at the latest. */
  readonly severity?: Severity;
  readonly bySecond?: number;
}

/** The evidence a rule ships with: runs it must find, and runs it must leave alone. */
export interface RuleCases {
  readonly fires: readonly RuleCase[];
  /** Here the rule may say `alertAllowed` cases something, but never `stop`. Without it: nothing. */
  readonly silent: readonly (RuleCase & { readonly alertAllowed?: boolean })[];
}

/** The strongest severity a rule reached, and the second it first did; null where it said nothing. */
export interface Outcome {
  readonly severity: Severity;
  readonly second: number;
  readonly assessment: Assessment;
}

const START_MS = 1000;

export function optionsOf({ profile = 'standard', limits = {} }: RuleCase): DetectorOptions {
  const policy = PROFILE_POLICIES[profile];
  return { detection: policy.detection, limits: { ...policy.limits, ...limits } };
}

/** Plays the acts and tells each assessment. */
export function* play(given: RuleCase): Generator<Assessment> {
  const detector = createDetector(optionsOf(given));
  const state = new PlayedTree();
  yield detector.tick(state.tick({ seconds: 0 }, 0));
  for (const act of given.acts) {
    for (let second = 0; second < act.seconds; second++) {
      for (const text of act.lines?.(second) ?? []) {
        const redraw = text.endsWith('\r');
        detector.line(
          { stream: 'stdout', text: redraw ? text.slice(0, -1) : text, redraw },
          state.at,
        );
        state.printed(text.length + 1);
      }
      yield detector.tick(state.tick(act, second));
    }
  }
}

/** What the rule came to in the case. */
export function outcomeOf(ruleId: RuleId, given: RuleCase): Outcome | null {
  let alert: Outcome | null = null;
  for (const assessment of play(given)) {
    const finding = assessment.findings.find((f) => f.ruleId === ruleId);
    if (!finding || finding.severity === 'notice') continue;
    const second = (assessment.at - START_MS) / 1000;
    const outcome = { severity: finding.severity, second, assessment };
    if (finding.severity === 'stop') return outcome;
    alert ??= outcome;
  }
  return alert;
}

/** Counts up what the acts tell, as a sampler would. */
class PlayedTree {
  at: MonotonicMs = monotonicMs(START_MS);
  private cpuMs = 0;
  private ioBytes = 0;
  private minorFaults = 0;
  private births = 1;
  private outputBytes = 0;
  private outputLines = 0;

  printed(bytes: number): void {
    this.outputBytes += bytes;
    this.outputLines++;
  }

  tick(act: Act, second: number) {
    const elapsed = act.seconds === 0 ? 0 : 1;
    this.at = monotonicMs(this.at + 1000 * elapsed);
    this.cpuMs += 10 * (act.demandPercent ?? 0) * elapsed;
    this.ioBytes += (act.ioBytesPerSecond ?? 0) * elapsed;
    this.minorFaults += (act.minorFaultsPerSecond ?? 0) * elapsed;
    this.births += (act.birthsPerSecond ?? 0) * elapsed;
    this.outputBytes += (act.bytesPerSecond ?? 0) * elapsed;
    return {
      at: this.at,
      sample: this.sample(act, second),
      outputBytes: this.outputBytes,
      outputLines: this.outputLines,
      diskFreeShare: act.diskFreeShare ?? null,
    };
  }

  private sample(act: Act, second: number): TreeSample {
    return {
      at: this.at,
      cpuMs: this.cpuMs,
      waitMs: 0,
      rssBytes: act.rssBytes?.(second) ?? 20e6,
      pssBytes: null,
      processCount: act.processes?.(second) ?? 1,
      threadCount: 1,
      fdCount: act.fds?.(second) ?? 10,
      fdLimit: 1024,
      readBytes: this.ioBytes,
      writeBytes: 0,
      minorFaults: this.minorFaults,
      voluntarySwitches: 0,
      births: this.births,
      members: [],
    };
  }
}
