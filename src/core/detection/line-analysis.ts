// What a line tells that was not known before: an amount of information from 0 to 1. Counters that go on,
// times, identifiers and contents seen of late tell nothing; new wording, new values, progress do.

import { LIMITS } from '../limits.ts';
import { CycleTracker } from './cycle-tracker.ts';
import type { OutputLine } from './detector.ts';
import type { LineFacts } from './line-facts.ts';
import { LineMask } from './mask.ts';
import { NUMBER_KIND } from './quantity.ts';
import { RecentSet } from './recent-set.ts';
import { TemplateTable } from './template-table.ts';
import { NUMBER_ROLE, type TemplateTraits } from './template-traits.ts';

/** How much each kind of news is worth, on ordinary lines and on lines that speak of failure. */
const WORTH = {
  advance: { plain: 1, failing: 0.5 },
  entity: { plain: 0.7, failing: 0.5 },
  named: { plain: 0.7, failing: 0.5 },
  decimal: { plain: 0.7, failing: 0.2 },
  integer: { plain: 0.45, failing: 0.1 },
  workCounter: { plain: 0.5, failing: 0.1 },
  /** Names that are counted through: `file_17` after `file_16`. */
  namedCounter: { plain: 0.5, failing: 0.4 },
  counter: { plain: 0.4, failing: 0 },
  /** A new identifier on a line that says that something was done to it. */
  handled: { plain: 0.5, failing: 0 },
  /** Values known from before, in an order that is not: a measure that moves little. */
  wandering: { plain: 0.35, failing: 0 },
  served: { plain: 0.35, failing: 0 },
} as const;
type Worth = (typeof WORTH)[keyof typeof WORTH];

/** A cycle of several lines that turned this often: its counters only count its turns. */
const TURNS_OF_A_LOOP = 3;
const FAMILIAR_TURNS_LINES = 12;

export class LineAnalysis {
  readonly cycle = new CycleTracker();
  readonly facts: LineFacts = {
    symbol: 0,
    information: 0,
    failure: false,
    identical: false,
    metric: false,
    novel: false,
    progress: false,
    counted: true,
  };

  /** The same as `cycle`, with the values of the lines. */
  private readonly contentCycle = new CycleTracker();
  private readonly mask = new LineMask();
  private readonly templates = new TemplateTable();
  private readonly contents = new RecentSet(LIMITS.contentsMax);
  private readonly progressPattern: RegExp | null;
  private redrawBest = Number.NEGATIVE_INFINITY;
  /** Lines still to come that draw over earlier ones, after the cursor went up. */
  private redrawRows = 0;
  private inTrace = false;

  constructor(progressRegex: string | null) {
    this.progressPattern = progressRegex === null ? null : new RegExp(progressRegex);
  }

  /** Takes the next line; the result is `facts`, valid until the next call. */
  analyse(line: OutputLine): LineFacts {
    const { facts, mask } = this;
    mask.read(line.text);
    this.redrawRows = Math.max(this.redrawRows, mask.cursorUpRows);
    facts.progress =
      this.progressPattern?.test(line.text.slice(0, LIMITS.progressCharsMax)) ?? false;
    if (line.redraw || this.redrawRows > 0) {
      if (!line.redraw) this.redrawRows--;
      this.redrawn();
      return facts;
    }
    const slot = this.templates.slotOf(line.text, mask);
    const traits = this.templates.traitsOf(slot);
    facts.symbol = mask.template || 1;
    facts.failure = traits.failure;
    facts.novel = this.templates.seen[slot] === 0;
    facts.counted = !this.isTraceLine(traits, line.text);
    this.cycle.push(facts.symbol);
    this.weigh(slot, traits);
    if (facts.progress) facts.information = 1;
    return facts;
  }

  private redrawn(): void {
    const { facts, mask } = this;
    facts.symbol = 0;
    facts.counted = false;
    facts.failure = false;
    facts.identical = false;
    facts.metric = false;
    facts.novel = false;
    for (let i = 0; i < mask.numberCount; i++) {
      const kind = mask.kinds[i];
      const value = mask.values[i] as number;
      if (kind !== NUMBER_KIND.fraction && kind !== NUMBER_KIND.percent) continue;
      if (value > this.redrawBest) facts.progress = true;
      // A bar that begins anew is followed anew.
      if (value > this.redrawBest || value < 0.05) this.redrawBest = value;
    }
    facts.information = facts.progress ? 1 : 0;
  }

  /** A stack frame, or the source line that follows one. */
  private isTraceLine(traits: TemplateTraits, text: string): boolean {
    const follows = this.inTrace && text.startsWith('    ');
    this.inTrace = traits.frame && !follows;
    return traits.frame || follows;
  }

  private weigh(slot: number, traits: TemplateTraits): void {
    const { facts, mask, templates } = this;
    const renamed = !facts.novel && templates.entity[slot] !== mask.entity;
    facts.metric = false;
    facts.identical = !facts.novel && !renamed;
    this.lasting = facts.novel ? 1 : 0;
    this.news = renamed ? amountOf(WORTH.entity, traits) : 0;
    this.content = Math.imul(mask.template ^ mask.entity, 0x9e3779b1);
    for (let i = 0; i < mask.numberCount; i++) this.weighNumber(slot, i, traits);
    if (this.news > 0) this.contentCycle.push(this.content);
    if (this.contents.seenBefore(this.content)) {
      facts.metric = false;
      this.news =
        this.news > 0 && !isTurning(this.contentCycle) ? amountOf(WORTH.wandering, traits) : 0;
    }
    this.weighIdentifiers(slot, traits);
    const served = traits.served ? WORTH.served.plain : 0;
    facts.information = Math.max(this.lasting, this.news, served);
    templates.entity[slot] = mask.entity;
    templates.seen[slot] = Number(templates.seen[slot]) + 1;
  }

  private weighIdentifiers(slot: number, traits: TemplateTraits): void {
    const { facts, mask, templates } = this;
    const changed = templates.identifiers[slot] !== mask.identifiers;
    templates.identifiers[slot] = mask.identifiers;
    if (!changed || facts.novel || !traits.achievement || isLoop(this.cycle)) return;
    this.lasting = Math.max(this.lasting, amountOf(WORTH.handled, traits));
  }

  /** What counts even where the same content was seen before, and what counts only when it is new. */
  private lasting = 0;
  private news = 0;
  /** Hash of the line without what varies by itself. */
  private content = 0;

  private weighNumber(slot: number, i: number, traits: TemplateTraits): void {
    const worth = this.follow(slot, i, traits);
    if (worth === null) return;
    const amount = amountOf(worth, traits);
    if (LASTING.has(worth)) {
      this.lasting = Math.max(this.lasting, amount);
      return;
    }
    this.facts.identical = false;
    if (worth === WORTH.decimal) this.facts.metric = true;
    this.news = Math.max(this.news, amount);
    this.content = mixNumber(this.content, this.mask.values[i] as number);
  }

  /** What the i-th number of the line is worth against the last line of its template; null: nothing. */
  private follow(slot: number, i: number, traits: TemplateTraits): Worth | null {
    const { mask, templates } = this;
    const role = traits.roles[i] ?? NUMBER_ROLE.plain;
    const place = slot * LIMITS.lineNumbersMax + i;
    const value = mask.values[i] as number;
    const step = value - (templates.last[place] as number);
    const goesOn = isSame(step, templates.step[place] as number, value);
    const best = templates.best[place] as number;
    templates.last[place] = value;
    templates.step[place] = step;
    templates.best[place] = Math.max(best, value);
    if (role === NUMBER_ROLE.noise || role === NUMBER_ROLE.effort) return null;
    if (this.facts.novel) return null;
    const kind = mask.kinds[i] as number;
    if (isShare(kind) && value > best) return WORTH.advance;
    if (step === 0) return null;
    if (goesOn && templates.seen[slot] !== 1) return this.counterWorth(role, kind, traits);
    if (role === NUMBER_ROLE.tag) return null;
    return NEWS_WORTH[kind] ?? WORTH.integer;
  }

  private counterWorth(role: number, kind: number, traits: TemplateTraits): Worth | null {
    if (kind === NUMBER_KIND.named) return WORTH.namedCounter;
    if (role === NUMBER_ROLE.work || traits.achievement) return WORTH.workCounter;
    return isLoop(this.cycle) ? null : WORTH.counter;
  }
}

const isTurning = (cycle: CycleTracker): boolean =>
  cycle.repeats >= TURNS_OF_A_LOOP && cycle.length >= FAMILIAR_TURNS_LINES;

/** Several lines that go round. */
const isLoop = (cycle: CycleTracker): boolean => cycle.period > 1 && isTurning(cycle);

const NEWS_WORTH: Readonly<Record<number, Worth>> = {
  [NUMBER_KIND.integer]: WORTH.integer,
  [NUMBER_KIND.decimal]: WORTH.decimal,
  [NUMBER_KIND.fraction]: WORTH.integer,
  [NUMBER_KIND.percent]: WORTH.integer,
  [NUMBER_KIND.named]: WORTH.named,
};

/** Worth its amount even where the rest of the line is old: it goes on by itself. */
const LASTING: ReadonlySet<Worth> = new Set([
  WORTH.advance,
  WORTH.counter,
  WORTH.workCounter,
  WORTH.namedCounter,
]);

const amountOf = (worth: Worth, traits: TemplateTraits): number =>
  traits.failure ? worth.failing : worth.plain;

const isShare = (kind: number): boolean =>
  kind === NUMBER_KIND.fraction || kind === NUMBER_KIND.percent;

/** Equal up to rounding. */
const isSame = (a: number, b: number, scale: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(scale));

function mixNumber(hash: number, value: number): number {
  const whole = Math.trunc(value);
  const rest = Math.round((value - whole) * 1e6);
  return Math.imul(Math.imul(hash ^ whole, 0x85ebca6b) ^ rest, 0xc2b2ae35);
}
