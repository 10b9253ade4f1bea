// Does what is asked once for each Idempotency-Key, also when asked several times at the same instant.

import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import { ApiProblem } from './problem.ts';

interface Kept<T> {
  readonly question: string;
  readonly answer: Promise<T>;
  readonly at: MonotonicMs;
}

export class OnceOnly<T> {
  readonly #kept = new Map<string, Kept<T>>();

  /**
   * The answer to `question` under `key`: of the first time, where there was one. What failed is not kept.
   *
   * @throws ApiProblem FF_IDEMPOTENCY when the key stands for another question
   */
  async ask(
    key: string,
    { question, now }: { readonly question: string; readonly now: MonotonicMs },
    work: () => Promise<T>,
  ): Promise<{ readonly answer: T; readonly isReplay: boolean }> {
    this.#forget(now);
    const kept = this.#kept.get(key);
    if (kept) {
      if (kept.question === question) return { answer: await kept.answer, isReplay: true };
      const detail = 'this Idempotency-Key was used for another request';
      throw new ApiProblem('FF_IDEMPOTENCY', detail);
    }
    const answer = work();
    this.#kept.set(key, { question, answer, at: now });
    try {
      return { answer: await answer, isReplay: false };
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  #forget(now: MonotonicMs): void {
    for (const [key, { at }] of this.#kept) {
      const isOld = now - at > LIMITS.apiAnswersKeptMs;
      if (!isOld && this.#kept.size < LIMITS.apiAnswersKept) return;
      this.#kept.delete(key);
    }
  }
}
