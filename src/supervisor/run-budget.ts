// What a run may use: carried from attempt to attempt, and watched while nothing of it runs.

import { runTimeFinding } from '../core/detection/rules/budget.ts';
import { NOTHING_SPENT, type Spent } from '../core/detection/spent.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { Clock } from '../ports.ts';
import type { Observation } from './watch.ts';

export class RunBudget {
  readonly #maxTimeMs: number;
  readonly #clock: Clock;
  readonly #startedAt: MonotonicMs;
  #ofFormerAttempts = NOTHING_SPENT;

  constructor({ maxTimeMs }: Policy['limits'], clock: Clock) {
    this.#maxTimeMs = maxTimeMs ?? Number.POSITIVE_INFINITY;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** How long the run has lasted, in ms. */
  get ageMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** How much of its time is left, in ms; infinite without a limit, negative beyond it. */
  get leftMs(): number {
    return this.#maxTimeMs - this.ageMs;
  }

  /** What the attempts so far have spent; the time between them counts too. */
  get spent(): Spent {
    return { ...this.#ofFormerAttempts, timeMs: this.ageMs };
  }

  attemptEnded(spent: Spent): void {
    this.#ofFormerAttempts = spent;
  }

  /** What is to be said of the run's time where no attempt is watched; null within the limit. */
  overTime(): Observation | null {
    const finding = runTimeFinding(this.ageMs, this.#maxTimeMs);
    if (finding?.severity !== 'stop') return null;
    const scores = { cpu: 0, entropy: 100, confidence: finding.confidence };
    const assessment = { at: this.#clock.monotonic(), scores, findings: [finding] };
    return { assessment, sample: null, stored: null };
  }
}
