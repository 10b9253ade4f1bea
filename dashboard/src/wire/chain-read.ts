// A chain of events is read to its end, page after page, and from where it was read to when more has happened: the
// newest of it say how things are. Of a very long one the middle is left out.

import type { TimelineItem } from '../../../src/contract/timeline.ts';
import type { Part } from './client.ts';

export interface ChainRead {
  /** Oldest first. */
  readonly items: readonly TimelineItem[];
  /** How many were left out, after the first CHAIN_BEGIN_MAX. */
  readonly leftOut: number;
  /** Whether what is newest is there; otherwise there is more to read. */
  readonly isAtEnd: boolean;
}

/** Events that are kept of the begin and of the end of a chain. */
export const CHAIN_BEGIN_MAX = 500;
export const CHAIN_END_MAX = 2_500;
/** Pages that are read at once. */
export const CHAIN_PAGES_MAX = 20;

const NOTHING: ChainRead = { items: [], leftOut: 0, isAtEnd: false };

/** Reads on from what was read before. */
export async function readOn(
  before: ChainRead = NOTHING,
  ask: (cursor: string | null) => Promise<Part<TimelineItem>>,
): Promise<ChainRead> {
  let chain = before;
  for (let page = 0; page < CHAIN_PAGES_MAX; page += 1) {
    const last = chain.items.at(-1);
    const { items, next } = await ask(last ? String(last.seq) : null);
    chain = extended(chain, items, next === null);
    if (next === null) break;
  }
  return chain;
}

function extended(
  { items: before, leftOut }: ChainRead,
  more: readonly TimelineItem[],
  isAtEnd: boolean,
): ChainRead {
  const items = [...before, ...more];
  const tooMany = Math.max(0, items.length - CHAIN_BEGIN_MAX - CHAIN_END_MAX);
  const kept =
    tooMany === 0
      ? items
      : [...items.slice(0, CHAIN_BEGIN_MAX), ...items.slice(CHAIN_BEGIN_MAX + tooMany)];
  return { items: kept, leftOut: leftOut + tooMany, isAtEnd };
}
