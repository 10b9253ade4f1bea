// The copies of a tree's output as the shim sends them, read within a budget.

import type { Socket } from 'node:net';
import type { Stream } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { MonotonicMs } from '../../core/time.ts';
import type { Clock, TreeFact } from '../../ports.ts';
import { CopyReader } from './shim-wire.ts';

const BUDGET_PERIOD_MS = 1000;
/** How long the last copies may take to arrive once the shim has ended. */
const LAST_COPIES_MS = 500;

export interface ShimCopiesOptions {
  /** Absent where the shim could not be started. */
  readonly sockets: Readonly<Record<Stream, Socket | undefined>>;
  readonly clock: Clock;
  readonly tell: (fact: TreeFact) => void;
}

/** Tells every byte of the output once, as copied or as skipped. */
export class ShimCopies {
  readonly #options: ShimCopiesOptions;
  readonly #readers: Readonly<Record<Stream, CopyReader>>;
  /** What has passed of each stream in all, once that is known. */
  readonly #passedBytes = { stdout: 0, stderr: 0 };
  #periodBegan: MonotonicMs;
  #budget: number = LIMITS.analysedBytesPerSecond;
  #isFinishing = false;

  constructor(options: ShimCopiesOptions) {
    this.#options = options;
    this.#periodBegan = options.clock.monotonic();
    this.#readers = { stdout: this.#reader('stdout'), stderr: this.#reader('stderr') };
    this.#follow('stdout');
    this.#follow('stderr');
  }

  /** So much has passed of a stream, and no more will. */
  passed(stream: Stream, byteCount: number): void {
    this.#passedBytes[stream] = byteCount;
  }

  /** Reads what the copies still hold, whatever the budget, and calls `done` when all is told or time is up. */
  finish(done: () => void): void {
    const { stdout, stderr } = this.#options.sockets;
    const open = [stdout, stderr].filter((socket) => socket !== undefined && !socket.closed);
    let left = open.length;
    const end = (): void => {
      if (this.#isFinishing) return;
      this.#isFinishing = true;
      // The rest of what passed was never copied, or comes too late.
      for (const socket of open) socket?.destroy();
      this.#readers.stdout.end(this.#passedBytes.stdout);
      this.#readers.stderr.end(this.#passedBytes.stderr);
      done();
    };
    this.#budget = Number.POSITIVE_INFINITY;
    for (const socket of open) {
      socket?.once('close', () => --left === 0 && end());
      socket?.resume();
    }
    if (left === 0) end();
    else this.#options.clock.after(LAST_COPIES_MS, end);
  }

  #reader(stream: Stream): CopyReader {
    const { tell } = this.#options;
    return new CopyReader(
      (bytes) => tell({ type: 'output', stream, bytes }),
      (byteCount) => tell({ type: 'output-skipped', stream, byteCount }),
    );
  }

  /** While we do not read, the shim passes the output by us. */
  #follow(stream: Stream): void {
    const socket = this.#options.sockets[stream];
    socket?.on('error', () => {});
    socket?.on('data', (chunk: Buffer) => {
      this.#readers[stream].read(chunk);
      const leftMs = this.#renewBudget();
      this.#budget -= chunk.length;
      if (this.#budget > 0) return;
      socket.pause();
      this.#options.clock.after(leftMs, () => socket.resume());
    });
  }

  /** Each period has a budget of its own. Gives how long the current one still lasts, in ms. */
  #renewBudget(): number {
    const now = this.#options.clock.monotonic();
    if (now - this.#periodBegan >= BUDGET_PERIOD_MS) {
      this.#periodBegan = now;
      this.#budget = Math.max(this.#budget, LIMITS.analysedBytesPerSecond);
    }
    return Math.max(1, this.#periodBegan + BUDGET_PERIOD_MS - now);
  }
}
