import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { LineMask } from './mask.ts';
import { NUMBER_KIND } from './quantity.ts';

const mask = new LineMask();

function read(text: string) {
  mask.read(text);
  const { template, check, entity, numberCount, cursorUpRows } = mask;
  const values = [...mask.values.slice(0, numberCount)];
  const kinds = [...mask.kinds.slice(0, numberCount)];
  return { key: `${template} ${check}`, entity, values, kinds, cursorUpRows };
}

describe('the mask', () => {
  it.each([
    ['2026-02-18 12:00:01 tick', '2026-11-30 23:59:59 tick'],
    ['2026-02-18T12:00:01.123Z tick', '2026-02-19T00:00:00.000Z tick'],
    ['[1700000000] tick', '[1700000999123] tick'],
    ['req-7f3a9c21 failed', 'req-48213377 failed'],
    ['trace=6729751027562959', 'trace=6845e62b8aa77a52'],
    ['job 123e4567-e89b-12d3-a456-426614174000 x', 'job deadbeef-dead-beef-dead-beefdeadbeef x'],
    ['at 0x7f3a00 in f', 'at 0xdeadbeef in f'],
    ['\u001b[32mPASS\u001b[0m a.test', 'PASS a.test'],
    ['\u001b]0;title\u0007line', 'line'],
    ['  step   12  ', 'step 13'],
    ['Step 12', 'STEP 900'],
  ])('sees the same template in %j and %j', (a, b) => {
    expect(read(a).key).toBe(read(b).key);
  });

  it.each([
    ['open file', 'close file'],
    ['loss 1', 'gain 1'],
    ['tests/test_alpha.py ok', 'tests/test_beta.py ok'],
  ])('sees different templates in %j and %j', (a, b) => {
    expect(read(a).key).not.toBe(read(b).key);
  });

  it.each([
    ['step 12', 12, NUMBER_KIND.integer],
    ['loss=0.125', 0.125, NUMBER_KIND.decimal],
    ['lr 1.5e-05', 1.5e-5, NUMBER_KIND.decimal],
    ['[3/12] CC a.o', 0.25, NUMBER_KIND.fraction],
    ['Loading shard 3 of 10', 0.3, NUMBER_KIND.fraction],
    ['12MB/48MB', 0.25, NUMBER_KIND.fraction],
    ['step:2000/2500', 0.8, NUMBER_KIND.fraction],
    ['[ 50%] done', 0.5, NUMBER_KIND.percent],
    ['read 1,234,567 rows', 1234567, NUMBER_KIND.integer],
    ['shard_0017 done', 17, NUMBER_KIND.named],
    ['epoch12 done', 12, NUMBER_KIND.named],
    ['a.ts:12:05', 12, NUMBER_KIND.integer],
  ])('reads %j as %d of kind %d', (text, value, kind) => {
    const { values, kinds } = read(text);
    expect(values[0]).toBeCloseTo(value, 12);
    expect(kinds[0]).toBe(kind);
  });

  it('tells addresses and versions apart as names, not as numbers', () => {
    const first = read('GET 10.0.0.1');
    const second = read('GET 10.0.0.2');
    expect(first.key).toBe(second.key);
    expect(first.values).toEqual([]);
    expect(first.entity).not.toBe(second.entity);
  });

  it('counts the rows the cursor goes up', () => {
    expect(read('\u001b[3A layer 1').cursorUpRows).toBe(3);
    expect(read('\u001b[A layer 1').cursorUpRows).toBe(1);
  });

  it('reads any text, however broken, and never more than its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const { values } = read(text);
        expect(values.length).toBeLessThanOrEqual(LIMITS.lineNumbersMax);
        expect(values.every((value) => !Number.isNaN(value))).toBe(true);
      }),
    );
    const long = read('9'.repeat(10 * LIMITS.lineCharsMax));
    expect(long.key).toBe(read('9'.repeat(LIMITS.lineCharsMax)).key);
  });

  it('gives the same answer to the same line, whatever it read before', () => {
    const line = fc.string({
      unit: fc.constantFrom('a', 'F', '0', '7', '.', '/', ':', '-', ' ', '%', '\u001b'),
    });
    fc.assert(
      fc.property(line, line, (before, text) => {
        const alone = read(text);
        read(before);
        expect(read(text)).toEqual(alone);
      }),
    );
  });
});
