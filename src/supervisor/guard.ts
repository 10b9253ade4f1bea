// Turns observations into decisions, and decisions into incidents, traces and orders. The one place that decides to act.

import type { IncidentId } from '../core/id.ts';
import type { Input } from '../core/lifecycle/input.ts';
import { type Order, stopAudit } from '../core/lifecycle/order.ts';
import { LIMITS } from '../core/limits.ts';
import { ACTIONS, type Action } from '../core/policy/action.ts';
import { type Decision, decide } from '../core/policy/decide.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { IncidentDesk } from './incident-desk.ts';
import type { Job, World } from './job.ts';
import type { Recorder } from './recorder.ts';
import type { Observation } from './watch.ts';

/** Confidence is traced when it crosses one of these. */
const CONFIDENCE_BANDS = [25, 50, 70, 85, 95];

export interface AttemptView {
  readonly attempt: number;
  readonly pid: number | null;
  readonly ageMs: number;
  readonly at: MonotonicMs;
}

export class Guard {
  readonly #job: Job;
  readonly #world: World;
  readonly #recorder: Recorder;
  readonly #desk: IncidentDesk;
  #lastTrace = '';
  #lastTraceAt: MonotonicMs | null = null;
  #pausedFor: IncidentId | null = null;

  constructor(job: Job, world: World, recorder: Recorder, desk: IncidentDesk) {
    this.#job = job;
    this.#world = world;
    this.#recorder = recorder;
    this.#desk = desk;
  }

  /** Decides about an observation. Gives the input that acts on it, or null. */
  consider(observation: Observation, view: AttemptView): Input | null {
    const { policy, jobKey } = this.#job;
    const { assessment } = observation;
    const decision = this.#considerPause(
      decide(assessment, { jobKey, attemptAgeMs: view.ageMs }, policy),
    );
    const { finding } = decision;
    if (!finding) {
      if (this.#desk.closeWhenQuiet(view.attempt, view.at)) {
        this.#world.narrator.say('all well again');
      }
      this.#trace(observation, decision, view);
      return null;
    }
    const suspicion = { finding, scores: assessment.scores, pid: view.pid, at: view.at };
    const news = this.#desk.suspect(view.attempt, suspicion);
    const acts = decision.applied !== 'alert';
    // What is acted on says so itself.
    if (news === 'opened' && !acts) this.#world.narrator.say(`alert: ${decision.reason}`);
    if (acts) this.#desk.escalate(view.attempt, suspicion);
    this.#trace(observation, decision, view);
    return this.#toInput(decision);
  }

  /** Whoever let a paused run go on has seen the incident: it is not paused for it again. */
  #considerPause(decision: Decision): Decision {
    const { openId } = this.#desk;
    if (decision.applied !== 'pause' || openId === null || openId !== this.#pausedFor) {
      return decision;
    }
    return { ...decision, applied: 'alert', suppressedBy: 'resumed-by-person' };
  }

  #toInput({ applied, finding, reason }: Decision): Input | null {
    if (!finding || applied === 'none' || applied === 'alert') return null;
    const base = {
      actor: 'flowforge' as const,
      reason,
      exitReason: finding.exitReason,
      incidentId: this.#desk.openId,
      requestId: null,
      signal: null,
    };
    if (applied === 'pause') {
      const audit: Order['audit'] = { ask: 'AUTO_PAUSE', force: 'AUTO_KILL' };
      this.#pausedFor = this.#desk.openId;
      const how = `flowforge resume ${this.#job.runId}`;
      this.#world.narrator.say(`paused: ${reason}; go on with: ${how}`);
      return { type: 'pause', order: { ...base, audit } };
    }
    const again = !finding.hardLimit && this.#isRestarted(applied);
    this.#world.narrator.say(`${again ? 'restarting' : 'stopping'}: ${reason}`);
    if (!again) return { type: 'stop', order: { ...base, audit: stopAudit('flowforge') } };
    const audit: Order['audit'] = { ask: 'AUTO_RESTART', force: 'AUTO_KILL' };
    return { type: 'restart', order: { ...base, audit } };
  }

  /** A stop by a rule may be followed by another attempt; one by the user's own limit never is. */
  #isRestarted(applied: Action): boolean {
    return applied === 'restart' || this.#job.policy.restart.mode === 'on-intervention';
  }

  /** Writes a trace when the decision changes, when confidence crosses a band, and else at a slow heartbeat. */
  #trace({ assessment }: Observation, decision: Decision, { attempt, at }: AttemptView): void {
    const { finding, intended, applied, suppressedBy, reason } = decision;
    const { scores } = assessment;
    const band = CONFIDENCE_BANDS.filter((edge) => scores.confidence >= edge).length;
    const key = [finding?.ruleId, ACTIONS.indexOf(intended), applied, suppressedBy, band].join();
    const isFirst = this.#lastTraceAt === null;
    const isDue = finding && !isFirst && at - (this.#lastTraceAt ?? at) >= LIMITS.traceHeartbeatMs;
    if (key === this.#lastTrace && !isDue) return;
    this.#lastTrace = key;
    this.#lastTraceAt = at;
    const payload = {
      ruleId: finding?.ruleId ?? null,
      exitReason: finding?.exitReason ?? null,
      scores,
      intended,
      applied,
      suppressedBy,
      reason,
      contributions: finding?.contributions ?? [],
      evidence: finding?.evidence ?? {},
    };
    this.#recorder.record({ type: 'decision.made', payload }, attempt, this.#desk.openId);
  }
}
