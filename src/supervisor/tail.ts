// The last lines of output, for the evidence.

import { LIMITS } from '../core/limits.ts';

export class Tail {
  readonly #lines: string[] = [];
  #next = 0;
  #count = 0;
  #unread: Uint8Array | null = null;

  push(line: string): void {
    this.#count++;
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % LIMITS.tailLinesMax;
    this.#unread = null;
  }

  /** Output that came too fast to be read line by line; only the end of it is ever looked at, and only if asked. */
  passBy(bytes: Uint8Array): void {
    this.#unread = bytes;
  }

  /** Lines that were read so far. */
  get count(): number {
    return this.#count;
  }

  /** The lines that were read last, oldest first, at most LIMITS.tailLinesMax. */
  read(): string[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }

  /** The lines that came last, read or not, oldest first, at most LIMITS.tailLinesMax. */
  lines(): string[] {
    const read = this.read();
    if (!this.#unread) return read;
    // The first of these was torn, and the last may end in the middle.
    const unread = new TextDecoder().decode(this.#unread).split('\n').slice(1);
    return [...read, ...unread.filter((line) => line !== '')]
      .slice(-LIMITS.tailLinesMax)
      .map((line) => line.slice(0, LIMITS.lineCharsMax));
  }
}
