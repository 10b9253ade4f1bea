// The last lines of output, for the evidence.

import { LIMITS } from '../core/limits.ts';

export class Tail {
  readonly #lines: string[] = [];
  #next = 0;

  push(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % LIMITS.tailLinesMax;
  }

  /** Oldest first. */
  lines(): string[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }
}
