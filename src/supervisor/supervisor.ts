// One run from start to end: a mailbox that turns inputs into effects, one at a time.

import type { ControlOutput } from '../core/control.ts';
import { emptiedInWords } from '../core/event.ts';
import type { IncidentId } from '../core/id.ts';
import type { Effect, WrittenEffect } from '../core/lifecycle/effect.ts';
import { exitStatusOf, shellStatus } from '../core/lifecycle/exit-code.ts';
import type { Input } from '../core/lifecycle/input.ts';
import { grantRestart } from '../core/lifecycle/restart-budget.ts';
import { type Conclusion, initialState, type LifecycleState } from '../core/lifecycle/state.ts';
import { transition } from '../core/lifecycle/transition.ts';
import { LIMITS } from '../core/limits.ts';
import type { ExitStatus } from '../core/run.ts';
import type { Cancel, TreeFact } from '../ports.ts';
import type { Attempt } from './attempt.ts';
import { Guard } from './guard.ts';
import { IncidentDesk } from './incident-desk.ts';
import { Intents } from './intents.ts';
import type { Job, World } from './job.ts';
import { outputAfter } from './live-output.ts';
import { Mailbox } from './mailbox.ts';
import { Recorder } from './recorder.ts';
import { RunBudget } from './run-budget.ts';
import { isEventful, RunRecord } from './run-record.ts';
import { type RunResult, type RunStatus, statusOf } from './run-status.ts';
import { type Observation, Watch } from './watch.ts';

export class Supervisor {
  readonly #job: Job;
  readonly #world: World;
  readonly #record: RunRecord;
  readonly #recorder: Recorder;
  readonly #desk: IncidentDesk;
  readonly #intents: Intents;
  readonly #guard: Guard;
  readonly #budget: RunBudget;
  readonly #mailbox = new Mailbox<Input>((input) => this.#answer(input));
  #state: LifecycleState;
  #attempt: Attempt | null = null;
  #cancelDeadline: Cancel = () => {};
  #cancelTick: Cancel = () => {};
  #cpuPeakPercent = 0;
  #trouble: string | null = null;
  #detectedAfterMs: number | null = null;
  #isSuspended = false;
  #finish: (result: RunResult) => void = () => {};

  constructor(job: Job, world: World) {
    this.#job = job;
    this.#world = world;
    this.#recorder = new Recorder(world, job);
    this.#record = new RunRecord(this.#recorder);
    this.#desk = new IncidentDesk(this.#recorder, () => world.ids.incidentId());
    this.#intents = new Intents(this.#recorder, world.ids, world.clock);
    this.#guard = new Guard(job, world, this.#recorder, this.#desk);
    this.#state = initialState(job.restarts);
    this.#budget = new RunBudget(job.policy.limits, world.clock);
  }

  /** Starts the run; settles when it has ended for good. */
  run(): Promise<RunResult> {
    this.#record.runStarted(this.#job, this.#world);
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.post({ type: 'start' });
    });
  }

  /** Puts an input into the mailbox. Inputs are answered one at a time, in order. */
  post(input: Input): void {
    this.#mailbox.post(input);
  }

  status(): RunStatus {
    return statusOf(this.#state, this.#attempt, this.#desk.openId);
  }

  /** The lines that the current attempt printed after line `after`; null between attempts. */
  output(after: number): ControlOutput | null {
    return this.#attempt && outputAfter(this.#attempt, this.#world.redactor, after);
  }

  /** How long a person's restart would be refused for want of budget, or null when it is granted. */
  restartRefusedForMs(): number | null {
    const now = this.#world.clock.monotonic();
    const livedMs = now - (this.#state.startedAt ?? now);
    const { restarts } = this.#state;
    const verdict = grantRestart(restarts, this.#job.policy.restart, { now, random: 0, livedMs });
    return verdict.type === 'exhausted' ? verdict.retryAfterMs : null;
  }

  /** Ctrl-Z, or SIGTSTP from elsewhere: the tree stops, and we with it, so that a shell sees its job stopped. */
  suspend(): void {
    if (this.#isSuspended) return;
    // A tree that is being ended, or is held by an order, is left as it is.
    this.#isSuspended = this.#state.phase === 'running';
    if (this.#isSuspended) this.#attempt?.tree.signal('SIGSTOP', 'tree');
    this.#world.suspend();
  }

  /** SIGCONT: what was stopped with us goes on with us. */
  continue(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#attempt?.tree.signal('SIGCONT', 'tree');
  }

  #answer(input: Input): void {
    const { clock, random } = this.#world;
    const around = { now: clock.monotonic(), random: random(), policy: this.#job.policy };
    const [state, effects] = transition(this.#state, input, around);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    const tree = this.#attempt?.tree;
    switch (effect.type) {
      case 'spawn':
        this.#spawn();
        break;
      case 'signal':
        tree?.signal(effect.signal, effect.scope);
        break;
      case 'kill':
        tree?.kill();
        break;
      case 'release':
        tree?.release();
        break;
      case 'arm':
        this.#arm(effect.durationMs);
        break;
      case 'disarm':
        this.#cancelDeadline();
        break;
      case 'conclude':
        this.#conclude(effect.conclusion);
        break;
      default:
        this.#writeDown(effect);
    }
  }

  #writeDown(effect: WrittenEffect): void {
    const { attempt } = this.#state;
    switch (effect.type) {
      case 'intend':
        this.#intents.open(attempt, effect.action, effect.order);
        break;
      case 'complete':
        this.#intents.close({ ...effect, survivors: this.#survivors(effect.proof) });
        break;
      case 'freeze':
        this.#freeze();
        break;
      case 'note':
        this.#record.noted(attempt, effect.action, effect.order);
        break;
      case 'record-paused':
        this.#record.paused(attempt, this.status().processCount, this.#desk.openId);
        break;
      case 'record-resumed':
        this.#record.resumed(attempt, this.status().processCount, this.#desk.openId);
        break;
      case 'record-attempt-failed':
        this.#record.attemptFailed(attempt, effect.failure, effect.message);
        break;
      case 'record-attempt-ended':
        this.#endAttempt(effect.proof);
        break;
      case 'record-restart':
        this.#scheduleRestart(effect.delayMs, effect.used);
        break;
    }
  }

  #spawn(): void {
    const { runId, command, environment, pty, isolate, policy } = this.#job;
    const { clock, host, createDetector } = this.#world;
    // A host may answer before it returns; those facts wait until there is an attempt to tell them to.
    const early: TreeFact[] = [];
    let tell = (fact: TreeFact): void => {
      early.push(fact);
    };
    const order = { runId, command, environment, pty, isolate };
    const options = { ...policy, spentBefore: this.#budget.spent };
    const watch = new Watch(createDetector(options), this.#world);
    const tree = host.spawn(order, (fact) => tell(fact));
    const number = this.#state.attempt;
    const attempt: Attempt = { number, tree, watch, beganAt: clock.monotonic(), pid: null };
    this.#attempt = attempt;
    tell = (fact) => this.#hear(attempt, fact);
    for (const fact of early) tell(fact);
  }

  #hear(attempt: Attempt, fact: TreeFact): void {
    switch (fact.type) {
      case 'output':
        attempt.watch.output(fact.stream, fact.bytes);
        break;
      case 'output-skipped':
        attempt.watch.skipped(fact.stream, fact.byteCount);
        break;
      case 'signalled':
        this.#intents.sent(fact.signals);
        break;
      case 'spawned':
        this.#spawned(attempt, fact);
        break;
      case 'leader-suspended':
        // SIGSTOP that we sent ourselves is a pause, not the wish of whoever sits at the terminal.
        if (this.#state.phase === 'running' && !this.#isSuspended) this.#world.suspend();
        break;
      case 'leader-exited':
        this.#leaderExited(attempt, fact.exit);
        this.post(fact);
        break;
      default:
        this.post(fact);
    }
  }

  #spawned(attempt: Attempt, fact: Extract<TreeFact, { type: 'spawned' }>): void {
    attempt.pid = fact.pid;
    const { pid, startTicks } = fact;
    const { containment } = attempt.tree;
    this.#record.attemptStarted(attempt.number, { pid, startTicks, containment });
    attempt.watch.begin(attempt.tree);
    this.#tickLater(attempt);
    this.post({ type: 'spawned' });
  }

  #leaderExited({ number, pid }: Attempt, exit: ExitStatus): void {
    this.#record.leaderExited(number, this.#incidentId(), { pid: pid ?? 0, exit });
  }

  /** The incident that the current attempt is being stopped for. */
  #incidentId(): IncidentId | null {
    return this.#state.order?.incidentId ?? null;
  }

  #tickLater(attempt: Attempt): void {
    this.#cancelTick();
    this.#cancelTick = this.#world.clock.after(LIMITS.samplePeriodMs, () => this.#tick(attempt));
  }

  #tick(attempt: Attempt): void {
    this.#tickLater(attempt);
    this.#tellTrouble();
    const observation = attempt.watch.look(attempt.tree);
    if (observation.stored) this.#recorder.recordSample(attempt.number, observation.stored);
    if (!this.#isToBeJudged(observation)) return;
    const at = this.#world.clock.monotonic();
    const view = { attempt: attempt.number, pid: attempt.pid, ageMs: at - attempt.beganAt, at };
    const input = this.#guard.consider(observation, view);
    if (!input) return;
    this.#detectedAfterMs ??= view.ageMs;
    this.post(input);
  }

  /** A tree that is held is no runaway, but the time that its user allows it passes. */
  #isToBeJudged({ assessment }: Observation): boolean {
    const { phase } = this.#state;
    const isOver = assessment.findings.some((it) => it.hardLimit && it.severity === 'stop');
    return phase === 'running' || (phase === 'paused' && isOver);
  }

  /** A store that fails does not end the guard, but whoever started it should know. */
  #tellTrouble(): void {
    const trouble = this.#world.log.trouble();
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#world.narrator.say(trouble ?? 'the evidence is being stored again');
  }

  #arm(durationMs: number): void {
    this.#cancelDeadline();
    const due = (): void => this.post({ type: 'deadline' });
    this.#cancelDeadline = this.#world.clock.after(durationMs, due);
  }

  #freeze(): void {
    if (this.#attempt) this.#record.frozen(this.#attempt, this.#incidentId());
  }

  #survivors(proof: Conclusion['proof']): readonly number[] {
    return proof === null ? (this.#attempt?.tree.survivors() ?? []) : [];
  }

  #endAttempt(proof: Conclusion['proof']): void {
    this.#cancelTick();
    if (!this.#attempt) return;
    const { watch, beganAt } = this.#attempt;
    this.#budget.attemptEnded(watch.spent());
    const exit = this.#state.leaderExit;
    const durationMs = this.#world.clock.monotonic() - beganAt;
    const survivors = this.#survivors(proof);
    const end = { exit, durationMs, proof, survivors };
    this.#record.attemptEnded(this.#attempt, this.#incidentId(), end);
    this.#cpuPeakPercent = Math.max(this.#cpuPeakPercent, watch.figures().cpuPeakPercent);
  }

  #scheduleRestart(delayMs: number, used: number): void {
    const { maxRestarts } = this.#job.policy.restart;
    this.#desk.close(this.#state.attempt, 'stopped; started again');
    this.#record.restartScheduled(this.#state.attempt, delayMs, used, maxRestarts);
    const seconds = (delayMs / 1000).toFixed(1);
    this.#world.narrator.say(`restart ${used} of ${maxRestarts} in ${seconds} s`);
    this.#limitWait(delayMs);
  }

  /** A run whose time is over before its next attempt would begin does not wait for that. */
  #limitWait(delayMs: number): void {
    const leftMs = Math.max(0, this.#budget.leftMs);
    if (leftMs < delayMs) this.#cancelTick = this.#world.clock.after(leftMs, () => this.#endWait());
  }

  #endWait(): void {
    const observation = this.#budget.overTime();
    if (this.#state.phase !== 'waiting' || !observation) return;
    const at = { ageMs: this.#budget.ageMs, at: observation.assessment.at };
    const view = { attempt: this.#state.attempt, pid: null, ...at };
    const input = this.#guard.consider(observation, view);
    if (input) this.post(input);
  }

  #conclude(conclusion: Conclusion): void {
    const { attempt } = this.#state;
    const { exitReason, reason, proof, startFailure } = conclusion;
    const outcome = `${reason}; ${emptiedInWords(proof)}`;
    if (isEventful(conclusion)) this.#desk.recordOutcome(attempt, exitReason, outcome);
    else this.#desk.close(attempt, startFailure ? reason : outcome);

    const survivors = this.#survivors(proof);
    const exit = exitStatusOf(conclusion);
    const durationMs = this.#budget.ageMs;
    const figures = { durationMs, attempts: attempt, cpuPeakPercent: this.#cpuPeakPercent };
    const exitCode = shellStatus(exit);
    this.#record.runEnded(conclusion, { ...figures, exitCode, survivors: survivors.length });
    const detectedAfterMs = this.#detectedAfterMs;
    this.#finish({ conclusion, exit, ...figures, survivors, detectedAfterMs });
  }
}
