import { describe, expect, it } from 'vitest';
import { LIMITS } from '../core/limits.ts';
import { createRedactor } from '../core/redaction/redactor.ts';
import { linesAfter } from './live-output.ts';
import { Tail } from './tail.ts';

const redactor = createRedactor({ secrets: [], fingerprint: () => '0' });

function printed(lines: readonly string[]): Tail {
  const tail = new Tail();
  for (const line of lines) tail.push(line);
  return tail;
}
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`);

describe('the lines for who follows', () => {
  it('are those that came since, with their numbers', () => {
    const tail = printed(numbered(5));
    expect(linesAfter(tail, redactor, 3)).toEqual({ first: 4, lines: ['line 4', 'line 5'] });
    expect(linesAfter(tail, redactor, 5)).toEqual({ first: 6, lines: [] });
    expect(linesAfter(tail, redactor, 0)).toEqual({ first: 1, lines: numbered(5) });
    expect(linesAfter(tail, redactor, 99)).toEqual({ first: 6, lines: [] });
  });

  it('are the newest where there were too many, and say from which number', () => {
    const told = linesAfter(printed(numbered(1_000)), redactor, 7);
    expect(told.lines).toHaveLength(LIMITS.tailLinesMax - LIMITS.liveContextLines);
    expect(told.lines.at(-1)).toBe('line 1000');
    expect(told.first).toBe(1_001 - told.lines.length);
    expect(told.lines[0]).toBe(`line ${told.first}`);
  });

  it('hold no line of a key, though its beginning has fallen out', () => {
    const body = Array.from({ length: 60 }, () => 'MIIEowIBAAKCAQEA'.repeat(4));
    const key = ['-----BEGIN RSA PRIVATE KEY-----', ...body, '-----END RSA PRIVATE KEY-----'];
    for (let before = 0; before < 300; before += 10) {
      const tail = printed([...numbered(before), ...key, ...numbered(140)]);
      expect(JSON.stringify(linesAfter(tail, redactor, 0)), `${before}`).not.toContain('MIIEow');
    }
  });

  it('go into one answer, however long they are and whatever they hold', () => {
    const long = Array.from({ length: 200 }, () => '\u0001"\\é'.repeat(1_000));
    const { lines, first } = linesAfter(printed(long), { lines: (it) => it }, 0);
    expect(JSON.stringify(lines).length).toBeLessThan(LIMITS.controlLineCharsMax - 10_000);
    expect(lines.length).toBeGreaterThan(0);
    expect(first).toBe(201 - lines.length);
  });
});
