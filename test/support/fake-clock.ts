// A clock that moves only when it is told to, and fires its timers in order.

import { epochMs, monotonicMs } from '../../src/core/time.ts';
import type { Cancel, Clock } from '../../src/ports.ts';

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];

  now() {
    return epochMs(1_800_000_000_000 + this.#now);
  }

  monotonic() {
    return monotonicMs(this.#now);
  }

  after(durationMs: number, fn: () => void): Cancel {
    const timer = { at: this.#now + durationMs, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on by `durationMs`, firing what becomes due, in order. */
  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    for (let next = this.#due(until); next; next = this.#due(until)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.fn();
    }
    this.#now = until;
  }

  #due(until: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
