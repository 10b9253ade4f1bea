import { describe, expect, it } from 'vitest';
import { RecentSet } from './recent-set.ts';

const hash = (i: number): number => Math.imul(i + 1, 0x9e3779b1) ^ (i << 7);

describe('the set of what was seen of late', () => {
  it('knows what it was told, zero as well', () => {
    const set = new RecentSet(64);
    expect(set.seenBefore(0)).toBe(false);
    expect(set.seenBefore(0)).toBe(true);
    expect(set.seenBefore(7)).toBe(false);
    expect(set.seenBefore(7)).toBe(true);
  });

  it('remembers most of as many as half its size', () => {
    const set = new RecentSet(1024);
    for (let i = 0; i < 512; i++) set.seenBefore(hash(i));
    const known = Array.from({ length: 512 }, (_, i) => set.seenBefore(hash(i))).filter(Boolean);
    expect(known.length).toBeGreaterThan(440);
  });

  it('forgets what is long past', () => {
    const set = new RecentSet(64);
    set.seenBefore(hash(1));
    for (let i = 100; i < 5000; i++) set.seenBefore(hash(i));
    expect(set.seenBefore(hash(1))).toBe(false);
  });
});
