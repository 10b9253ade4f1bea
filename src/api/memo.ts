// Answers that hold as long as nothing more was recorded: many who ask the same cost little more than one.

import { LIMITS } from '../core/limits.ts';

export class Memo<T> {
  readonly #kept = new Map<string, T>();
  #seq = -1;

  /** What was made for this question since the event `seq` was the last one, or else what is made now. */
  at(seq: number, question: string, make: () => T): T {
    if (seq !== this.#seq) this.#kept.clear();
    this.#seq = seq;
    const known = this.#kept.get(question);
    if (known !== undefined) return known;
    const made = make();
    if (this.#kept.size >= LIMITS.memoMax) this.#kept.clear();
    this.#kept.set(question, made);
    return made;
  }
}
