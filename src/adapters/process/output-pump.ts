// Passes one stream of a child on, byte for byte, at the pace of its reader, and tells a copy within a budget.

import type { Readable, Writable } from 'node:stream';
import type { Stream } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { MonotonicMs } from '../../core/time.ts';
import type { Clock, TreeFact } from '../../ports.ts';

export interface OutputPumpOptions {
  readonly stream: Stream;
  readonly source: Readable;
  readonly target: Writable;
  readonly tell: (fact: TreeFact) => void;
  readonly clock: Clock;
}

const BUDGET_PERIOD_MS = 1000;

export class OutputPump {
  readonly #options: OutputPumpOptions;
  #periodBegan: MonotonicMs;
  #budget: number = LIMITS.analysedBytesPerSecond;
  #skipped = 0;

  constructor(options: OutputPumpOptions) {
    this.#options = options;
    this.#periodBegan = options.clock.monotonic();
    const { source, target } = options;
    const resume = () => source.resume();
    // Without its reader the child shall meet the broken pipe that it would have met without us.
    const breakPipe = () => source.destroy();
    source.on('data', (bytes: Buffer) => this.#pass(bytes));
    target.on('drain', resume);
    target.once('error', breakPipe);
    source.once('close', () => {
      this.#tellSkipped();
      target.off('drain', resume);
      target.off('error', breakPipe);
    });
  }

  #pass(bytes: Buffer): void {
    const { source, target } = this.#options;
    if (!target.write(bytes)) source.pause();
    this.#tellCopy(bytes);
  }

  #tellCopy(bytes: Buffer): void {
    const { tell, stream, clock } = this.#options;
    const now = clock.monotonic();
    if (now - this.#periodBegan >= BUDGET_PERIOD_MS) {
      this.#periodBegan = now;
      this.#budget = LIMITS.analysedBytesPerSecond;
    }
    if (bytes.length > this.#budget) {
      this.#budget = 0;
      this.#skipped += bytes.length;
      return;
    }
    this.#budget -= bytes.length;
    this.#tellSkipped();
    tell({ type: 'output', stream, bytes });
  }

  #tellSkipped(): void {
    if (this.#skipped === 0) return;
    const { tell, stream } = this.#options;
    tell({ type: 'output-skipped', stream, byteCount: this.#skipped });
    this.#skipped = 0;
  }
}
