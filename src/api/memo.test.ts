import { expect, it } from 'vitest';
import { LIMITS } from '../core/limits.ts';
import { Memo } from './memo.ts';

it('makes each page once until more is recorded, and keeps only so many, and none that is large', () => {
  const memo = new Memo();
  let made = 0;
  const make = () => ({ text: `page ${++made}` });
  expect(memo.at(1, 'a', make).text).toBe('page 1');
  expect(memo.at(1, 'a', make).text).toBe('page 1');
  expect(memo.at(1, 'b', make).text).toBe('page 2');
  expect(memo.at(2, 'a', make).text).toBe('page 3');
  for (let n = 0; n < 2 * LIMITS.memoMax; n++) memo.at(2, `${n}`, make);
  expect(made).toBe(3 + 2 * LIMITS.memoMax);
  expect(memo.at(2, 'a', make).text).not.toBe('page 3');
  const large = () => ({ text: `${++made}`.padEnd(LIMITS.memoCharsMax + 1) });
  expect(memo.at(2, 'large', large)).not.toBe(memo.at(2, 'large', large));
});
