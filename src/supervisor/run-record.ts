// Writes the story of a run: what was started, noted, frozen and ended, in the words of the events.

import type { AuditAction, EmptyProof } from '../core/event.ts';
import type { IncidentId } from '../core/id.ts';
import type { Order } from '../core/lifecycle/order.ts';
import type { Conclusion } from '../core/lifecycle/state.ts';
import type { Containment, ExitReason, ExitStatus } from '../core/run.ts';
import type { Attempt } from './attempt.ts';
import type { Job, World } from './job.ts';
import type { Recorder } from './recorder.ts';

/**
 * The ends that are nobody's incident: the command did its job, or whoever is at the terminal wanted it so. A stop
 * over the API is one: who started the command may not know of it.
 */
const UNEVENTFUL: readonly ExitReason[] = ['COMPLETED', 'USER_TERMINATED'];

/** Whether an end is something that went wrong. A command that could not be started never ran. */
export const isEventful = ({ exitReason, startFailure }: Conclusion): boolean =>
  startFailure === null && !UNEVENTFUL.includes(exitReason);

export class RunRecord {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  runStarted({ command, name, jobKey, policy }: Job, { origin }: World): void {
    const payload = {
      argv: command.argv,
      cwd: command.cwd,
      name,
      jobKey,
      profile: policy.profile,
      rollout: policy.rollout,
      maxCpuPercent: policy.limits.maxCpuPercent,
      maxMemoryBytes: policy.limits.maxMemoryBytes,
      alertAt: policy.detection.alertAt,
      stopAt: policy.detection.stopAt,
      version: origin.version,
      supervisor: origin.supervisor,
    };
    this.#recorder.record({ type: 'run.started', payload }, null);
  }

  attemptStarted(
    attempt: number,
    payload: { pid: number; startTicks: number; containment: Containment },
  ): void {
    this.#recorder.record({ type: 'attempt.started', payload }, attempt);
  }

  attemptFailed(attempt: number, code: string, message: string): void {
    this.#recorder.record({ type: 'attempt.failed', payload: { code, message } }, attempt);
  }

  leaderExited(
    attempt: number,
    incidentId: IncidentId | null,
    payload: { pid: number; exit: ExitStatus },
  ): void {
    this.#recorder.record({ type: 'leader.exited', payload }, attempt, incidentId);
  }

  /** Keeps what will be gone after a stop: the tree and the last output. */
  frozen({ number, watch, tree }: Attempt, incidentId: IncidentId | null): void {
    const sample = tree.sample();
    const payload = {
      members: sample?.members ?? [],
      lastLines: watch.tail.lines(),
      rssBytes: sample?.rssBytes ?? 0,
      cpuPercent: watch.cpuPercent,
    };
    this.#recorder.record({ type: 'tree.frozen', payload }, number, incidentId);
  }

  /** An order that was refused, or passed on without acting on the tree. */
  noted(attempt: number, action: AuditAction, order: Order): void {
    const { actor, reason, requestId, incidentId } = order;
    const payload = { action, actor, reason, requestId };
    this.#recorder.record({ type: 'audit.noted', payload }, attempt, incidentId);
  }

  paused(attempt: number, processCount: number, incidentId: IncidentId | null): void {
    this.#recorder.record({ type: 'run.paused', payload: { processCount } }, attempt, incidentId);
  }

  resumed(attempt: number, processCount: number, incidentId: IncidentId | null): void {
    this.#recorder.record({ type: 'run.resumed', payload: { processCount } }, attempt, incidentId);
  }

  attemptEnded(
    { number, watch }: Attempt,
    incidentId: IncidentId | null,
    end: {
      readonly exit: ExitStatus | null;
      readonly durationMs: number;
      readonly proof: EmptyProof | null;
      readonly survivors: readonly number[];
    },
  ): void {
    const payload = { ...end, ...watch.figures() };
    this.#recorder.record({ type: 'attempt.ended', payload }, number, incidentId);
  }

  restartScheduled(attempt: number, delayMs: number, used: number, allowed: number): void {
    const payload = { delayMs, used, allowed };
    this.#recorder.record({ type: 'restart.scheduled', payload }, attempt);
  }

  runEnded(
    { exitReason, exit, reason }: Conclusion,
    figures: {
      readonly exitCode: number;
      readonly durationMs: number;
      readonly attempts: number;
      readonly cpuPeakPercent: number;
      readonly survivors: number;
    },
  ): void {
    const payload = { exitReason, exit, reason, ...figures };
    this.#recorder.record({ type: 'run.ended', payload }, null);
  }
}
