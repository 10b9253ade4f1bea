// The readiness checks, made at most once a second however often they are asked for.

import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { ReadinessCheck } from '../ports.ts';
import type { ApiWorld } from './world.ts';

export class Readiness {
  readonly #world: Pick<ApiWorld, 'clock' | 'examine'>;
  #checks: readonly ReadinessCheck[] = [];
  #at: MonotonicMs | null = null;

  constructor(world: Pick<ApiWorld, 'clock' | 'examine'>) {
    this.#world = world;
  }

  checks(): readonly ReadinessCheck[] {
    const now = this.#world.clock.monotonic();
    if (this.#at === null || now - this.#at >= LIMITS.readinessMs) {
      this.#checks = this.#world.examine();
      this.#at = now;
    }
    return this.#checks;
  }

  get isReady(): boolean {
    return this.checks().every(({ state }) => state !== 'fail');
  }
}
