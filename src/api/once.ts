// Does what is asked once for each Idempotency-Key, also when asked several times at the same instant, or again after this
// process was replaced by another.

import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { AnswerMemory } from '../ports.ts';
import { ApiProblem } from './problem.ts';

interface Kept<T> {
  readonly question: string;
  readonly answer: Promise<T>;
  readonly at: MonotonicMs;
}

interface Asked {
  readonly question: string;
  readonly now: MonotonicMs;
  readonly requestId?: string;
}

export class OnceOnly<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #memory: AnswerMemory | null;

  /** @param memory what outlives this process */
  constructor(memory: AnswerMemory | null = null) {
    this.#memory = memory;
  }

  /**
   * The answer to `question` under `key`: of the first time, where there was one. What failed is not kept.
   *
   * @throws ApiProblem FF_IDEMPOTENCY when the key stands for another question
   */
  async ask(
    key: string,
    { question, now, requestId = '' }: Asked,
    work: () => Promise<T>,
  ): Promise<{ readonly answer: T; readonly isReplay: boolean }> {
    this.#forget(now);
    const kept = this.#kept.get(key);
    if (kept) {
      if (kept.question === question) return { answer: await kept.answer, isReplay: true };
      throw anotherQuestion();
    }
    const remembered = this.#recall(key, question);
    if (remembered !== null) return { answer: remembered, isReplay: true };
    const answer = work();
    this.#kept.set(key, { question, answer, at: now });
    try {
      const given = await answer;
      this.#remember(key, question, given, requestId);
      return { answer: given, isReplay: false };
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  #recall(key: string, question: string): T | null {
    const found = attempt(() => this.#memory?.find(key, question)) ?? null;
    if (found === 'another-question') throw anotherQuestion();
    return found === null ? null : (JSON.parse(found) as T);
  }

  #remember(key: string, question: string, answer: T, requestId: string): void {
    attempt(() => this.#memory?.keep(key, question, JSON.stringify(answer), requestId));
  }

  #forget(now: MonotonicMs): void {
    for (const [key, { at }] of this.#kept) {
      const isOld = now - at > LIMITS.apiAnswersKeptMs;
      if (!isOld && this.#kept.size < LIMITS.apiAnswersKept) return;
      this.#kept.delete(key);
    }
  }
}

const anotherQuestion = (): ApiProblem =>
  new ApiProblem('FF_IDEMPOTENCY', 'this Idempotency-Key was used for another request');

/** A database that cannot be used does not stop an order: what this process remembers has to do. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
