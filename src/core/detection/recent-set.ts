// Remembers which hashes were seen of late, in bounded memory: a set-associative table of fingerprints,
// overwritten in turn. Two contents share a fingerprint once in 2^32 pairs.

const WAYS = 8;

export class RecentSet {
  private readonly fingerprints: Int32Array;
  private readonly next: Uint8Array;
  private readonly sets: number;

  /** `size`: how many are remembered, a power of two. */
  constructor(size: number) {
    this.sets = size / WAYS;
    this.fingerprints = new Int32Array(size);
    this.next = new Uint8Array(this.sets);
  }

  /** Whether the hash was seen of late; from now on it was. */
  seenBefore(hash: number): boolean {
    const fingerprint = hash === 0 ? 1 : hash | 0;
    const set = ((hash ^ (hash >>> 15)) >>> 0) % this.sets;
    const first = set * WAYS;
    for (let i = first; i < first + WAYS; i++) {
      if (this.fingerprints[i] === fingerprint) return true;
    }
    const turn = Number(this.next[set]);
    this.fingerprints[first + turn] = fingerprint;
    this.next[set] = (turn + 1) % WAYS;
    return false;
  }
}
