// What is drawn over the charts: decisions that changed, and what was done to the run.

import type uPlot from 'uplot';
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

/** Colours as the canvas takes them. */
export type Colors = Readonly<Record<Mark['type'] | 'limit', string>>;

export function drawMarks(plot: uPlot, marks: readonly Mark[], colors: Colors): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.lineWidth = devicePixelRatio;
  let labelledTo = Number.NEGATIVE_INFINITY;
  for (const { atSeconds, label, type } of marks) {
    const x = Math.round(plot.valToPos(atSeconds, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colors[type];
    ctx.fillStyle = colors[type];
    ctx.setLineDash(type === 'decision' ? [3 * devicePixelRatio, 3 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(label).width;
    if (x < labelledTo) continue;
    const fits = x + width + 6 < bbox.left + bbox.width;
    ctx.textAlign = fits ? 'left' : 'right';
    ctx.fillText(label, x + (fits ? 4 : -4), bbox.top + 10 * devicePixelRatio);
    labelledTo = x + width + 8;
  }
  ctx.restore();
}

/** A line across, where it lies within what is shown. */
export function drawLimit(plot: uPlot, limit: number | null, colors: Colors): void {
  if (limit === null) return;
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(limit, 'y', true));
  if (y < bbox.top) return;
  ctx.save();
  ctx.strokeStyle = colors.limit;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
