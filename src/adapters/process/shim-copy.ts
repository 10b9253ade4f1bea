// The copy of one stream as the shim sends it: frames of contiguous bytes, with gaps where we did not keep up.

import type { Socket } from 'node:net';
import type { Stream } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { MonotonicMs } from '../../core/time.ts';
import type { Cancel, Clock, TreeFact } from '../../ports.ts';

const HEADER_BYTES = 16;
const BUDGET_PERIOD_MS = 1000;

export interface OutputCopyOptions {
  readonly stream: Stream;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly tell: (fact: TreeFact) => void;
}

/** Reads a copy within a budget; while we do not read, the shim passes the output by us and counts it. */
export class OutputCopy {
  readonly #options: OutputCopyOptions;
  readonly #frames: FrameReader;
  #budget: number = LIMITS.analysedBytesPerSecond;
  #periodBegan: MonotonicMs;
  #cancelResume: Cancel = () => {};
  #passedBytes: number | null = null;
  #isClosing = false;

  constructor(options: OutputCopyOptions) {
    this.#options = options;
    const { stream, socket, clock, tell } = options;
    this.#periodBegan = clock.monotonic();
    this.#frames = new FrameReader(
      (bytes) => tell({ type: 'output', stream, bytes }),
      (byteCount) => tell({ type: 'output-skipped', stream, byteCount }),
    );
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** How much passed in all is known. What was never copied of it is a gap, once the copy itself has ended. */
  streamEnded(passedBytes: number): void {
    this.#passedBytes = passedBytes;
  }

  /** Reads what is still in the copy, whatever the budget; calls `done` when all of it has been told. */
  finish(done: () => void): void {
    const { socket } = this.#options;
    this.#isClosing = true;
    this.#cancelResume();
    if (socket.closed) done();
    else socket.once('close', done);
    socket.resume();
  }

  /** Reads no more; what has not been told by now is told as skipped. */
  close(): void {
    this.#cancelResume();
    this.#options.socket.destroy();
    if (this.#passedBytes !== null) this.#frames.end(this.#passedBytes);
  }

  #take(chunk: Buffer): void {
    this.#frames.read(chunk);
    if (this.#isClosing) return;
    const { clock, socket } = this.#options;
    const elapsedMs = clock.monotonic() - this.#periodBegan;
    if (elapsedMs >= BUDGET_PERIOD_MS) this.#renew();
    this.#budget -= chunk.length;
    if (this.#budget > 0) return;
    socket.pause();
    this.#cancelResume = clock.after(Math.max(0, BUDGET_PERIOD_MS - elapsedMs), () => {
      this.#renew();
      socket.resume();
    });
  }

  #renew(): void {
    this.#periodBegan = this.#options.clock.monotonic();
    this.#budget = LIMITS.analysedBytesPerSecond;
  }
}

/** Reads frames (offset, length, stream, bytes) and tells their bytes and the gaps between them. */
export class FrameReader {
  readonly #onBytes: (bytes: Uint8Array) => void;
  readonly #onGap: (byteCount: number) => void;
  #header: Buffer = Buffer.alloc(0);
  #left = 0;
  #seen = 0;

  constructor(onBytes: (bytes: Uint8Array) => void, onGap: (byteCount: number) => void) {
    this.#onBytes = onBytes;
    this.#onGap = onGap;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#left > 0 ? this.#takeBytes(rest) : this.#takeHeader(rest);
  }

  /** So much passed in all: what was never copied is a gap at the end. */
  end(passedBytes: number): void {
    if (passedBytes > this.#seen) this.#onGap(passedBytes - this.#seen);
    this.#seen = Math.max(this.#seen, passedBytes);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      const offset = Number(this.#header.readBigUInt64LE(0));
      this.#left = this.#header.readUInt32LE(8);
      this.#header = Buffer.alloc(0);
      if (offset > this.#seen) this.#onGap(offset - this.#seen);
      this.#seen = offset;
    }
    return chunk.subarray(missing);
  }

  #takeBytes(chunk: Buffer): Buffer {
    const bytes = chunk.subarray(0, this.#left);
    this.#left -= bytes.length;
    this.#seen += bytes.length;
    this.#onBytes(bytes);
    return chunk.subarray(bytes.length);
  }
}
