// Pages that hold as long as nothing more was recorded: many who ask the same cost little more than one.

import { LIMITS } from '../core/limits.ts';

interface Text {
  readonly text: string;
}

export class Memo<T extends Text> {
  readonly #kept = new Map<string, T>();
  #seq = -1;

  /** What was made for this question since the event `seq` was the last one, or else what is made now. */
  at(seq: number, question: string, make: () => T): T {
    if (seq !== this.#seq) this.#kept.clear();
    this.#seq = seq;
    const known = this.#kept.get(question);
    if (known !== undefined) return known;
    const made = make();
    if (made.text.length > LIMITS.memoCharsMax) return made;
    if (this.#kept.size >= LIMITS.memoMax) this.#kept.clear();
    this.#kept.set(question, made);
    return made;
  }
}
