// Inputs one at a time, in the order they came, also those that come while one is being answered.

import { LIMITS } from '../core/limits.ts';

export class Mailbox<T> {
  readonly #answer: (input: T) => void;
  readonly #waiting: T[] = [];
  #isAnswering = false;

  constructor(answer: (input: T) => void) {
    this.#answer = answer;
  }

  /** Takes an input and answers all that wait. Beyond LIMITS.mailboxMax an input is dropped: orders repeat. */
  post(input: T): void {
    if (this.#waiting.length >= LIMITS.mailboxMax) return;
    this.#waiting.push(input);
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#answer(next);
    }
    this.#isAnswering = false;
  }
}
