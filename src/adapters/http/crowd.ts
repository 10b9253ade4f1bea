// The connections of a server. When there are too many, the one that was heard of longest ago gives way to the newest,
// whoever is being answered last: thousands that say nothing, or a byte now and then, keep nobody out.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Crowd {
  readonly #most: number;
  /** What each waits for, the one that was heard of longest ago first. */
  readonly #waiting = new Map<Socket, ServerResponse | null>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A connection was made. */
  enter(socket: Socket): void {
    this.#waiting.set(socket, null);
    socket.once('close', () => this.#waiting.delete(socket));
    if (this.#waiting.size > this.#most) this.#makeRoom();
  }

  /** A request came whole, its body apart. */
  ask(socket: Socket, response: ServerResponse): void {
    if (!this.#waiting.delete(socket)) return;
    this.#waiting.set(socket, response);
  }

  #makeRoom(): void {
    const [oldest] = this.#waiting.keys();
    for (const [socket, response] of this.#waiting) {
      if (isBeingAnswered(response)) continue;
      this.#end(socket);
      return;
    }
    if (oldest) this.#end(oldest);
  }

  #end(socket: Socket): void {
    this.#waiting.delete(socket);
    socket.destroy();
  }
}

/** As whoever follows the stream is, for as long as it stays. */
const isBeingAnswered = (response: ServerResponse | null): boolean =>
  response?.headersSent === true && !response.writableFinished;
