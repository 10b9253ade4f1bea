import { describe, expect, it } from 'vitest';
import { join, tableOf, thin, within } from '../../dashboard/src/features/run/series.ts';
import type { Sample } from '../../src/contract/run.ts';

const aSample = (seconds: number, more: Partial<Sample> = {}): Sample => ({
  at: new Date(seconds * 1000).toISOString(),
  attempt: 1,
  period_seconds: 1,
  cpu_percent: 1,
  demand_percent: 1,
  rss_bytes: 1,
  process_count: 1,
  output_bytes_per_second: 1,
  output_lines_per_second: 1,
  cpu_score: 1,
  entropy_score: 1,
  confidence_score: 1,
  ...more,
});

describe('the columns of the charts', () => {
  it('are in order, what was kept first and what came in after it, each instant once', () => {
    const live = [3, 4].map((seconds) => aSample(seconds, { cpu_percent: 7, cpu_score: 80 }));
    const kept = [1, 2, 3, 4].map((seconds) => aSample(seconds));
    const { atSeconds, columns } = join(tableOf(kept), tableOf(live));
    expect(atSeconds).toEqual([1, 2, 3, 4]);
    expect(columns.cpuPercent).toEqual([1, 1, 7, 7]);
    expect(columns.cpuScore).toEqual([1, 1, 80, 80]);
  });

  it('are those that are looked at, and one on each side so that the lines lead in and out', () => {
    const table = tableOf([1, 2, 3, 4, 5, 6].map((seconds) => aSample(seconds)));
    expect(within(table, [2.5, 4.5]).atSeconds).toEqual([2, 3, 4, 5]);
    expect(within(table, [0, 9]).atSeconds).toEqual([1, 2, 3, 4, 5, 6]);
    expect(within(table, [7, 9]).columns.cpuPercent).toEqual([1]);
    expect(within(tableOf([]), [7, 9]).atSeconds).toEqual([]);
  });

  it('are brought down from a day of seconds, and no peak or trough of any column is lost', () => {
    const day = Array.from({ length: 86_400 }, (_, second) => aSample(second));
    day[40_001] = aSample(40_001, { cpu_percent: 100 });
    day[70_002] = aSample(70_002, { rss_bytes: 999 });
    day[10_003] = aSample(10_003, { entropy_score: -5 });
    const { atSeconds, columns } = thin(tableOf(day));
    expect(atSeconds.length).toBeLessThanOrEqual(1_600);
    expect(Math.max(...columns.cpuPercent.map(Number))).toBe(100);
    expect(Math.max(...columns.rssBytes.map(Number))).toBe(999);
    expect(Math.min(...columns.entropyScore.map(Number))).toBe(-5);
    expect(atSeconds).toEqual([...atSeconds].sort((a, b) => a - b));
  });
});
