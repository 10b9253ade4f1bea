// What is drawn over the charts: decisions that changed, and what was done to the run.

import type { TimelineItem } from '../../../../src/contract/timeline.ts';

export interface Mark {
  readonly atSeconds: number;
  readonly label: string;
  readonly type: 'decision' | 'action' | 'life';
}

const LIFE: Readonly<Record<string, string>> = {
  'attempt.started': 'start',
  'run.paused': 'paused',
  'run.resumed': 'resumed',
  'attempt.ended': 'end',
};

export function marksOf(chain: readonly TimelineItem[]): readonly Mark[] {
  const marks: Mark[] = [];
  let applied = 'none';
  for (const { event_type, timestamp, action } of chain) {
    const atSeconds = Date.parse(timestamp) / 1000;
    const life = LIFE[event_type];
    if (event_type === 'decision.made' && action !== null && action !== applied) {
      applied = action;
      marks.push({
        atSeconds,
        label: applied === 'none' ? 'all clear' : applied,
        type: 'decision',
      });
    } else if (event_type === 'action.intended') {
      marks.push({
        atSeconds,
        label: (action ?? '').toLowerCase().replace('_', ' '),
        type: 'action',
      });
    } else if (life !== undefined) {
      marks.push({ atSeconds, label: life, type: 'life' });
    }
  }
  return marks;
}
