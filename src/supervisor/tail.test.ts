import { expect, it } from 'vitest';
import { LIMITS } from '../core/limits.ts';
import { Tail } from './tail.ts';

it('keeps the last lines, oldest first', () => {
  const tail = new Tail();
  for (let i = 0; i < 3 * LIMITS.tailLinesMax + 7; i++) tail.push(`line ${i}`);
  const lines = tail.lines();
  expect(lines).toHaveLength(LIMITS.tailLinesMax);
  expect(lines[0]).toBe(`line ${2 * LIMITS.tailLinesMax + 7}`);
  expect(lines.at(-1)).toBe(`line ${3 * LIMITS.tailLinesMax + 6}`);
});

it('knows the end of a flood that nobody read, until lines are read again', () => {
  const tail = new Tail();
  tail.push('before');
  tail.passBy(new TextEncoder().encode('orn\nTraceback\nValueError: the last words\n'));
  expect(tail.lines()).toEqual(['before', 'Traceback', 'ValueError: the last words']);
  tail.push('after');
  expect(tail.lines()).toEqual(['before', 'after']);
});
