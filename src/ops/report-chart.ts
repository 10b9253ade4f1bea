// One figure over time as inline SVG, with a mark where something was done.

import { escapeHtml } from './escape-html.ts';

export interface ChartOptions {
  readonly title: string;
  /** Milliseconds, ascending, one for each value. */
  readonly at: readonly number[];
  readonly values: readonly number[];
  readonly marks: readonly { readonly at: number; readonly label: string }[];
  readonly unit: (value: number) => string;
}

const WIDTH = 800;
const HEIGHT = 140;
const LEFT = 70;
const TOP = 16;
const BOTTOM = 24;

export function chart({ title, at, values, marks, unit }: ChartOptions): string {
  const from = at[0] ?? 0;
  const spanMs = Math.max(1, (at.at(-1) ?? 0) - from);
  const most = Math.max(...values.filter(Number.isFinite), Number.MIN_VALUE);
  const x = (instant: number): number => LEFT + ((instant - from) / spanMs) * (WIDTH - LEFT);
  const y = (value: number): number => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const points = values.map((value, index) => point(x(at[index] ?? from), y(value))).join(' ');
  const shown = marks.filter((mark) => mark.at >= from && mark.at <= from + spanMs);
  const lines = shown.map((mark) => {
    const place = x(mark.at).toFixed(1);
    return `<line class="mark" x1="${place}" x2="${place}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/><text x="${place}" y="${TOP - 4}">${escapeHtml(mark.label)}</text>`;
  });
  const name = escapeHtml(title);
  return `<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}, at most ${escapeHtml(unit(most))}">
<line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>
<text x="0" y="${TOP + 4}">${escapeHtml(unit(most))}</text><text x="0" y="${HEIGHT - BOTTOM}">0</text>
<text x="${LEFT}" y="${HEIGHT - 6}">${time(from)}</text><text x="${WIDTH - 60}" y="${HEIGHT - 6}">${time(from + spanMs)}</text>
<polyline class="curve" points="${points}"/>
${lines.join('\n')}
</svg><figcaption>${name}</figcaption></figure>`;
}

const point = (x: number, y: number): string => `${x.toFixed(1)},${y.toFixed(1)}`;

const time = (instant: number): string => new Date(instant).toISOString().slice(11, 19);
