// Limits by the token bucket, one per name. Bounded: the name not seen for longest is forgotten.

import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';

interface Bucket {
  tokens: number;
  at: MonotonicMs;
}

export class TokenBuckets {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** Takes tokens. Gives 0, or the seconds to wait, rounded up, where there are not so many. */
  take(name: string, now: MonotonicMs, count = 1): number {
    const bucket = this.#at(name, now);
    if (bucket.tokens < count) return Math.ceil((count - bucket.tokens) / this.#perSecond);
    bucket.tokens -= count;
    return 0;
  }

  #at(name: string, now: MonotonicMs): Bucket {
    const known = this.#buckets.get(name);
    const bucket = known ?? { tokens: this.#burst, at: now };
    const earned = ((now - bucket.at) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + earned);
    bucket.at = now;
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > LIMITS.apiCountedMax) {
      const [oldest = name] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
