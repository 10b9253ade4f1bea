import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import { epochMs } from '../../core/time.ts';
import type { Logger } from '../../ports.ts';
import { createLogger } from './logger.ts';

function logged(pretty: boolean, use: (logger: Logger) => void): string[] {
  const lines: string[] = [];
  const clock = { now: () => epochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 6)) };
  const write = (line: string) => lines.push(line);
  use(createLogger({ write, clock, pretty, fields: { runId: 'run_1' } }));
  return lines;
}

describe('the logger', () => {
  it('writes one JSON object a line', () => {
    const [line = ''] = logged(false, (logger) => logger.info('two\nlines', { n: 1n }));
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-02T03:04:05.006Z',
      level: 'info',
      message: 'two\nlines',
      runId: 'run_1',
      n: '1',
    });
  });

  it('writes readable lines for a person', () => {
    expect(logged(true, (logger) => logger.warn('slow disk', { waitMs: 12 }))).toEqual([
      '03:04:05.006 warn  slow disk runId=run_1 waitMs=12\n',
    ]);
  });

  it('keeps what an error says', () => {
    const error = new Error('outer', { cause: new TypeError('inner') });
    const [line = ''] = logged(false, (logger) => logger.error('failed', { error }));
    expect(JSON.parse(line).error).toMatchObject({
      message: 'outer',
      cause: { name: 'TypeError', message: 'inner' },
    });
  });

  it('survives what JSON cannot hold, and bounds a line', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const lines = logged(false, (logger) => {
      logger.info('circular', { circular });
      logger.info('x'.repeat(LIMITS.logLineCharsMax * 2));
    });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toHaveLength(LIMITS.logLineCharsMax + 1);
  });
});
