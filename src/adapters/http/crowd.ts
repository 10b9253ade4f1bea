// The connections of a server. When there are too many, the one that was heard of longest ago gives way to the newest,
// whoever is being answered last: thousands that say nothing, or a byte now and then, keep nobody out. Who asks and does
// not take the answer is hung up on, before all that is not taken fills our memory.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface CrowdLimits {
  readonly connectionsMax: number;
  /** How long an answer waits to be taken; that of a stream waits for whoever writes it. */
  readonly takenWithinMs: number;
  /** Bytes of all answers that were not taken yet. */
  readonly untakenBytesMax: number;
}

interface Waiting {
  readonly response: ServerResponse;
  readonly since: number;
  /** Further requests that came before this one was answered. */
  tooEarly: number;
}

const LOOK_EVERY_MS = 1_000;
/** Requests that one packet brings are no attack. */
const TOO_EARLY_MAX = 64;

export class Crowd {
  readonly #limits: CrowdLimits;
  /** What each waits for, the one that was heard of longest ago first. */
  readonly #waiting = new Map<Socket, Waiting | null>();
  #looking: NodeJS.Timeout | null = null;

  constructor(limits: CrowdLimits) {
    this.#limits = limits;
  }

  /** A connection was made. */
  enter(socket: Socket): void {
    this.#waiting.set(socket, null);
    socket.once('close', () => this.#waiting.delete(socket));
    if (this.#waiting.size > this.#limits.connectionsMax) this.#makeRoom();
  }

  /**
   * A request came whole, its body apart. Says whether to answer it: one that came before the answer to the one before
   * it is not, and the connection ends with that answer, so that the client asks again on another
   * (https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2).
   */
  ask(socket: Socket, response: ServerResponse): boolean {
    const before = this.#waiting.get(socket);
    if (before && !before.response.writableFinished) {
      this.#turnAway(socket, before);
      return false;
    }
    if (!this.#waiting.delete(socket)) return false;
    this.#waiting.set(socket, { response, since: performance.now(), tooEarly: 0 });
    this.#lookLater();
    return true;
  }

  #turnAway(socket: Socket, before: Waiting): void {
    before.tooEarly++;
    if (before.tooEarly === 1) before.response.once('finish', () => socket.end());
    if (before.tooEarly > TOO_EARLY_MAX) this.#end(socket);
  }

  #lookLater(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = null;
      this.#hangUp(performance.now());
      if (this.#waiting.size > 0) this.#lookLater();
    }, LOOK_EVERY_MS).unref();
  }

  /** Ends those that do not take their answers: in time, or, where too much waits, whoever asked longest ago. */
  #hangUp(now: number): void {
    let untaken = 0;
    for (const socket of this.#waiting.keys()) untaken += socket.writableLength;
    for (const [socket, waiting] of this.#waiting) {
      if (!waiting || socket.writableLength === 0) continue;
      const isLate = now - waiting.since > this.#limits.takenWithinMs && !isStream(waiting);
      if (!isLate && untaken <= this.#limits.untakenBytesMax) continue;
      untaken -= socket.writableLength;
      this.#end(socket);
    }
  }

  #makeRoom(): void {
    const [oldest] = this.#waiting.keys();
    for (const [socket, waiting] of this.#waiting) {
      if (isBeingAnswered(waiting)) continue;
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
const isBeingAnswered = (waiting: Waiting | null): boolean =>
  waiting?.response.headersSent === true && !waiting.response.writableFinished;

/** It says by itself who does not read. */
const isStream = ({ response }: Waiting): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');
