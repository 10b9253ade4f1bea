import { expect, it } from 'vitest';
import { LIMITS } from '../core/limits.ts';
import { Memo } from './memo.ts';

it('makes each answer once until more is recorded, and keeps only so many', () => {
  const memo = new Memo<string>();
  let made = 0;
  const make = () => `answer ${++made}`;
  expect(memo.at(1, 'a', make)).toBe('answer 1');
  expect(memo.at(1, 'a', make)).toBe('answer 1');
  expect(memo.at(1, 'b', make)).toBe('answer 2');
  expect(memo.at(2, 'a', make)).toBe('answer 3');
  for (let n = 0; n < 2 * LIMITS.memoMax; n++) memo.at(2, `${n}`, make);
  expect(made).toBe(3 + 2 * LIMITS.memoMax);
  expect(memo.at(2, 'a', make)).not.toBe('answer 3');
});
