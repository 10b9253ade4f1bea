// Remembers the templates of an attempt and the last values of their numbers, in bounded memory:
// a set-associative table; the least recently used of a set makes room.

import { LIMITS } from '../limits.ts';
import type { LineMask } from './mask.ts';
import { readTraits, type TemplateTraits } from './template-traits.ts';

const WAYS = 8;
const SETS = LIMITS.templatesMax / WAYS;

/** Slots of templates; a slot is an index into the arrays here. */
export class TemplateTable {
  /** How often the template was seen, without the line that is being looked at. */
  readonly seen = new Float64Array(LIMITS.templatesMax);
  readonly entity = new Int32Array(LIMITS.templatesMax);
  readonly identifiers = new Int32Array(LIMITS.templatesMax);
  /** Per slot and number: last value, last step, best value. */
  readonly last = new Float64Array(LIMITS.templatesMax * LIMITS.lineNumbersMax);
  readonly step = new Float64Array(LIMITS.templatesMax * LIMITS.lineNumbersMax);
  readonly best = new Float64Array(LIMITS.templatesMax * LIMITS.lineNumbersMax);

  private readonly keys = new Int32Array(LIMITS.templatesMax);
  private readonly checks = new Int32Array(LIMITS.templatesMax);
  private readonly usedAt = new Float64Array(LIMITS.templatesMax);
  private readonly traits: (TemplateTraits | undefined)[] = new Array(LIMITS.templatesMax);
  private clock = 0;

  /** The slot of the line that `mask` has read; new templates get one, with `seen` 0. */
  slotOf(text: string, mask: LineMask): number {
    const first = ((mask.template >>> 0) % SETS) * WAYS;
    this.clock++;
    let oldest = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (
        this.keys[slot] === mask.template &&
        this.checks[slot] === mask.check &&
        this.traits[slot]
      ) {
        this.usedAt[slot] = this.clock;
        return slot;
      }
      if (Number(this.usedAt[slot]) < Number(this.usedAt[oldest])) oldest = slot;
    }
    this.take(oldest, text, mask);
    return oldest;
  }

  traitsOf(slot: number): TemplateTraits {
    return this.traits[slot] as TemplateTraits;
  }

  private take(slot: number, text: string, mask: LineMask): void {
    this.keys[slot] = mask.template;
    this.checks[slot] = mask.check;
    this.usedAt[slot] = this.clock;
    this.seen[slot] = 0;
    this.entity[slot] = 0;
    this.identifiers[slot] = 0;
    this.traits[slot] = readTraits(text, mask);
    const from = slot * LIMITS.lineNumbersMax;
    this.last.fill(0, from, from + LIMITS.lineNumbersMax);
    this.step.fill(0, from, from + LIMITS.lineNumbersMax);
    this.best.fill(Number.NEGATIVE_INFINITY, from, from + LIMITS.lineNumbersMax);
  }
}
