import { describe, expect, it } from 'vitest';
import {
  CHAIN_BEGIN_MAX,
  CHAIN_END_MAX,
  CHAIN_PAGES_MAX,
  readOn,
} from '../../dashboard/src/wire/chain-read.ts';
import type { TimelineItem } from '../../src/contract/timeline.ts';

/** An API with events 1 to `count`, 500 to a page. */
const apiOf = (count: number) => {
  const asked: (string | null)[] = [];
  const ask = async (cursor: string | null) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    const upto = Math.min(count, from + 500);
    const items = Array.from(
      { length: upto - from },
      (_, index) => ({ seq: from + index + 1 }) as TimelineItem,
    );
    return { items, next: upto < count ? String(upto) : null };
  };
  return { ask, asked };
};

describe('a chain of events', () => {
  it('is read to its end, so that the newest are there', async () => {
    const { items, leftOut, isAtEnd } = await readOn(undefined, apiOf(1_234).ask);
    expect(items.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_234 }, (_, at) => at + 1));
    expect({ leftOut, isAtEnd }).toEqual({ leftOut: 0, isAtEnd: true });
  });

  it('is read on from where it was read to', async () => {
    const before = await readOn(undefined, apiOf(700).ask);
    const { ask, asked } = apiOf(703);
    const chain = await readOn(before, ask);
    expect(asked).toEqual(['700']);
    expect(chain.items).toHaveLength(703);
  });

  it('keeps its begin and its end when it is very long, and says how many are left out', async () => {
    const count = CHAIN_PAGES_MAX * 500 + 77;
    const part = await readOn(undefined, apiOf(count).ask);
    expect(part.isAtEnd).toBe(false);
    const { items, leftOut, isAtEnd } = await readOn(part, apiOf(count).ask);
    expect(isAtEnd).toBe(true);
    expect(items).toHaveLength(CHAIN_BEGIN_MAX + CHAIN_END_MAX);
    expect(leftOut).toBe(count - items.length);
    expect(items[CHAIN_BEGIN_MAX - 1]?.seq).toBe(CHAIN_BEGIN_MAX);
    expect(items.at(-1)?.seq).toBe(count);
  });
});
