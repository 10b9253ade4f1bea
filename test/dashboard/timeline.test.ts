import { describe, expect, it } from 'vitest';
import { isFailure, matches, wordProblem } from '../../dashboard/src/features/timeline/filter.ts';
import { fold } from '../../dashboard/src/features/timeline/fold.ts';
import { instantOf } from '../../dashboard/src/features/timeline/periods.ts';
import type { IncidentId } from '../../src/core/id.ts';
import { epochMs } from '../../src/core/time.ts';
import { type TimelineItem, toTimelineItem } from '../../src/core/timeline.ts';
import { anEvent } from '../support/evidence.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 1, 12);
let seq = 0;

function anItem(
  type: Parameters<typeof anEvent>[0],
  minutes: number,
  incidentId: string | null = null,
): TimelineItem {
  const stamp = {
    at: epochMs(NOON + minutes * MINUTE),
    incidentId: incidentId as IncidentId | null,
  };
  seq += 1;
  return toTimelineItem({ ...anEvent(type, {}, stamp), seq } as never);
}

describe('the timeline', () => {
  it('keeps the events of an incident together, where the newest of them is', () => {
    const items = [
      anItem('run.ended', 3),
      anItem('incident.closed', 2, 'inc_1'),
      anItem('audit.noted', 1.5),
      anItem('incident.opened', 1, 'inc_1'),
      anItem('run.started', 0),
    ];
    const parts = fold(items);
    expect(parts.map(({ type }) => type)).toEqual(['day', 'event', 'incident', 'event', 'event']);
    expect(parts.flatMap((part) => (part.type === 'incident' ? part.items : []))).toHaveLength(2);
  });

  it('folds the time in which nothing happened', () => {
    const parts = fold([anItem('run.ended', 130), anItem('run.started', 0)]);
    expect(parts.map(({ type }) => type)).toEqual(['day', 'event', 'idle', 'event']);
    expect(parts[2]).toMatchObject({ durationMs: 130 * MINUTE });
  });

  it('loses no event, and shows none twice', () => {
    const items = Array.from({ length: 200 }, (_, index) =>
      anItem('decision.made', 200 - index * 7, index % 3 === 0 ? `inc_${index % 4}` : null),
    );
    const shown = fold(items).flatMap((part) =>
      part.type === 'event' ? [part.item] : part.type === 'incident' ? part.items : [],
    );
    expect(shown.map((item) => item.seq).sort()).toEqual(items.map((item) => item.seq).sort());
  });
});

describe('its filter', () => {
  const stop = anItem('action.intended', 0, 'inc_1');

  it.each([
    ['', true],
    ['auto_stop', true],
    ['cycle times', true],
    ['action:auto_stop', true],
    ['action:pause', false],
    ['incident:inc_1 cycle', true],
    ['/^AUTO_.*line cycle/', true],
    ['/^line/', false],
    ['/(/', false],
    ['nothing of it', false],
  ])('takes “%s” at its word', (words, isFound) => {
    expect(matches(stop, 'job', words)).toBe(isFound);
  });

  it('says when a pattern cannot be read', () => {
    expect(wordProblem('/(/')).toMatch(/not a regular expression/);
    expect(wordProblem('/a+/')).toBe(null);
    expect(wordProblem('(')).toBe(null);
  });

  it('knows what speaks of something going wrong', () => {
    const wrong = ['incident.opened', 'attempt.failed', 'audit.noted', 'store.degraded'] as const;
    const fine = ['run.started', 'run.ended', 'action.completed', 'decision.made'] as const;
    expect(wrong.filter((type) => !isFailure(anItem(type, 0)))).toEqual([]);
    expect(fine.filter((type) => isFailure(anItem(type, 0)))).toEqual([]);
  });

  it('asks from the minute on at which a period begins, or from an instant', () => {
    expect(instantOf('')).toBe('');
    expect(instantOf('nonsense')).toBe('');
    expect(instantOf('2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00.000Z');
    expect(Date.now() - Date.parse(instantOf('1h'))).toBeGreaterThanOrEqual(3_600_000);
    expect(instantOf('1h')).toMatch(/:00\.000Z$/);
  });
});
