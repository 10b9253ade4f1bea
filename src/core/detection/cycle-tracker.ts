// Finds the period of a repeating sequence of symbols, any period up to LIMITS.cycleLinesMax, in constant
// time per symbol. A copy-run tracker in the manner of LZ77: it compares with what stood one period ago.

import { LIMITS } from '../limits.ts';

const CAPACITY = LIMITS.cycleLinesMax;
const MASK = CAPACITY - 1;
const TABLE = 2 * CAPACITY;
/** Share of symbols that may differ before the cycle is given up. */
const TOLERANCE = 0.1;
const FORGIVEN_PER_MATCH = 0.1;

export class CycleTracker {
  private readonly symbols = new Int32Array(CAPACITY);
  /** Where a sequence of three symbols was last seen, plus one; 0: never. */
  private readonly lastSeen = new Float64Array(TABLE);
  private count = 0;
  private distance = 0;
  private run = 0;
  private misses = 0;

  /** Lines of one turn; 0 while nothing repeats. */
  get period(): number {
    return this.distance;
  }

  /** How often the cycle turned so far. */
  get repeats(): number {
    return this.distance === 0 ? 0 : this.run / this.distance;
  }

  /** Lines the cycle has lasted. */
  get length(): number {
    return this.run;
  }

  push(symbol: number): void {
    const i = this.count++;
    this.symbols[i & MASK] = symbol;
    if (this.distance > 0) this.follow(i, symbol);
    const place = this.placeOfTriple(i);
    const before = Number(this.lastSeen[place]) - 1;
    this.lastSeen[place] = i + 1;
    if (before >= 0 && i - before < CAPACITY && i >= 2) this.consider(i, i - before);
  }

  private at(i: number): number {
    return this.symbols[i & MASK] as number;
  }

  private placeOfTriple(i: number): number {
    let hash = Math.imul(this.at(i), 0x9e3779b1);
    hash = Math.imul(hash ^ this.at(i - 1) ^ (hash >>> 15), 0x85ebca6b);
    hash = Math.imul(hash ^ this.at(i - 2) ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (TABLE - 1);
  }

  private follow(i: number, symbol: number): void {
    this.run++;
    if (this.at(i - this.distance) === symbol) {
      this.misses = Math.max(0, this.misses - FORGIVEN_PER_MATCH);
      return;
    }
    this.misses++;
    if (this.misses <= Math.max(2, TOLERANCE * Math.min(this.run, 4 * this.distance))) return;
    this.distance = 0;
    this.run = 0;
    this.misses = 0;
  }

  private consider(i: number, distance: number): void {
    if (this.distance === 0) {
      if (this.matches(i, distance, 3) < 3) return;
      this.distance = distance;
      this.run = 0;
      this.misses = 0;
    } else if (distance < this.distance && this.misses > 0) {
      const matched = this.matches(i, distance, Math.min(4 * distance, CAPACITY - distance - 1));
      if (matched < 2 * distance) return;
      this.distance = distance;
      this.run = matched;
      this.misses = 0;
    }
  }

  /** How many of the last symbols, at most `most`, equal those `distance` before them. */
  private matches(i: number, distance: number, most: number): number {
    const enough = Math.min(most, i - distance + 1);
    let matched = 0;
    while (matched < enough && this.at(i - matched) === this.at(i - matched - distance)) matched++;
    return matched;
  }
}
