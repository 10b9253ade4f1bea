// Keeps incidents: one per thing that goes wrong in an attempt, whatever the number of findings that say so.

import type { Finding, Scores } from '../core/detection/finding.ts';
import type { IncidentId } from '../core/id.ts';
import type { ExitReason } from '../core/run.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { Recorder } from './recorder.ts';

/** An open incident that has been quiet for so long is over. */
const OVER_AFTER_QUIET_MS = 60_000;

interface OpenIncident {
  readonly id: IncidentId;
  readonly exitReason: ExitReason;
  lastSeenAt: MonotonicMs;
}

export interface Suspicion {
  readonly finding: Finding;
  readonly scores: Scores;
  readonly pid: number | null;
  readonly at: MonotonicMs;
}

export class IncidentDesk {
  readonly #recorder: Recorder;
  readonly #newId: () => IncidentId;
  #open: OpenIncident | null = null;

  constructor(recorder: Recorder, newId: () => IncidentId) {
    this.#recorder = recorder;
    this.#newId = newId;
  }

  /** The id of the open incident, or null. */
  get openId(): IncidentId | null {
    return this.#open?.id ?? null;
  }

  /** Opens an incident for a finding, or adds it to the open one. Says whether it is a new incident. */
  suspect(attempt: number, { finding, scores, pid, at }: Suspicion): 'opened' | 'continued' {
    if (this.#open) {
      this.#open.lastSeenAt = at;
      return 'continued';
    }
    const id = this.#newId();
    const exitReason = 'WATCHDOG_ALERT';
    this.#open = { id, exitReason, lastSeenAt: at };
    const payload = {
      ruleId: finding.ruleId,
      exitReason,
      title: titleOf(finding.exitReason),
      reason: finding.summary,
      scores,
      pid,
    } as const;
    this.#recorder.record({ type: 'incident.opened', payload }, attempt, id);
    return 'opened';
  }

  /** The finding is now acted on: the incident takes its exit reason. */
  escalate(attempt: number, { finding, scores }: Suspicion): void {
    if (!this.#open || this.#open.exitReason === finding.exitReason) return;
    this.#open = { ...this.#open, exitReason: finding.exitReason };
    const payload = {
      exitReason: finding.exitReason,
      title: titleOf(finding.exitReason),
      reason: finding.summary,
      scores,
    };
    this.#recorder.record({ type: 'incident.escalated', payload }, attempt, this.#open.id);
  }

  /** Closes an incident that has been quiet for long enough. Says whether it did. */
  closeWhenQuiet(attempt: number, now: MonotonicMs): boolean {
    const quiet = this.#open !== null && now - this.#open.lastSeenAt >= OVER_AFTER_QUIET_MS;
    if (quiet) this.close(attempt, 'recovered by itself');
    return quiet;
  }

  close(attempt: number, outcome: string): void {
    if (!this.#open) return;
    const { id, exitReason } = this.#open;
    this.#open = null;
    const payload = { outcome, exitReason };
    this.#recorder.record({ type: 'incident.closed', payload }, attempt, id);
  }

  /**
   * The run ended in a way that is an incident. The open one, if it is of that very thing; else one of its own
   * (a failed command, a foreign kill), opened and closed at once.
   */
  recordOutcome(attempt: number, exitReason: ExitReason, reason: string): void {
    const isTheOpenOne = this.#open?.exitReason === exitReason;
    this.close(attempt, reason);
    if (isTheOpenOne) return;
    const id = this.#newId();
    const title = titleOf(exitReason);
    const opened = { ruleId: null, exitReason, title, reason, scores: null, pid: null };
    this.#recorder.record({ type: 'incident.opened', payload: opened }, attempt, id);
    const closed = { outcome: reason, exitReason };
    this.#recorder.record({ type: 'incident.closed', payload: closed }, attempt, id);
  }
}

const TITLES: Readonly<Record<ExitReason, string>> = {
  COMPLETED: 'Completed',
  COMMAND_FAILURE: 'The command failed',
  USER_TERMINATED: 'Stopped by a person',
  API_TERMINATED: 'Stopped through the API',
  LOOP_DETECTED: 'Loop detected',
  SPIN_DETECTED: 'Silent spin detected',
  LEAK_DETECTED: 'Memory leak detected',
  FLOOD_DETECTED: 'Output flood detected',
  FORK_STORM_DETECTED: 'Fork storm detected',
  HANG_DETECTED: 'Hang detected',
  SAFETY_LIMIT_EXCEEDED: 'A limit was exceeded',
  EXTERNAL_KILL: 'Killed from outside',
  SUPERVISOR_LOST: 'The supervisor was lost',
  RESTART_BUDGET_EXHAUSTED: 'The restart budget is used up',
  WATCHDOG_ALERT: 'Something looks wrong',
};

/** What an incident is called that ends (or would end) a run so. */
export const titleOf = (exitReason: ExitReason): string => TITLES[exitReason];
