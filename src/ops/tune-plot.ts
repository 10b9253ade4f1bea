// The plot of a tuning: how many runaways each setting stops, against the healthy work it stops and the time it takes.

import { escapeHtml } from './escape-html.ts';
import type { TuneSetting } from './tune.ts';
import { reasonFor } from './tune-reason.ts';

const PANEL = 320;
const HEIGHT = 320;
const MARGIN = 60;
const COLOURS = { light: '#2a78d6', standard: '#1d8a4e', heavy: '#c4442b' } as const;

/** An SVG with two panels that share their height; the recommended setting is drawn large. */
export function plotTuning(settings: readonly TuneSetting[], best: TuneSetting | null): string {
  const longest = Math.max(1, ...settings.map(({ medianStopMs }) => medianStopMs ?? 0));
  const worst = Math.max(0.1, ...settings.map(falseShare));
  const legend = Object.entries(COLOURS).map(
    ([name, colour], i) =>
      `<circle cx="${MARGIN + 90 * i}" cy="20" r="5" fill="${colour}"/><text x="${MARGIN + 10 + 90 * i}" y="24">${name}</text>`,
  );
  const falseStops = panel(0, {
    title: 'healthy runs stopped',
    upTo: `${(100 * worst).toFixed(0)} %`,
    dots: settings.map((it) => dot(it, { best, x: falseShare(it) / worst, from: 0 })),
  });
  const times = panel(PANEL, {
    title: 'median time to stop',
    upTo: `${(longest / 1000).toFixed(0)} s`,
    dots: settings
      .filter(({ medianStopMs }) => medianStopMs !== null)
      .map((it) => dot(it, { best, x: (it.medianStopMs ?? 0) / longest, from: PANEL })),
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${2 * PANEL}" height="${HEIGHT}" fill="#fff"/>
${legend.join('\n')}
<text x="4" y="${MARGIN - 12}">runaways stopped</text>
${[...falseStops, ...times].join('\n')}
</svg>
`;
}

const falseShare = ({ falseStops, healthy }: TuneSetting): number =>
  falseStops / Math.max(1, healthy);

interface Panel {
  readonly title: string;
  readonly upTo: string;
  readonly dots: readonly string[];
}

function panel(from: number, { title, upTo, dots }: Panel): readonly string[] {
  const [left, right, bottom] = [from + MARGIN, from + PANEL - 30, HEIGHT - MARGIN];
  return [
    `<path d="M${left} ${MARGIN}V${bottom}H${right}" fill="none" stroke="#888"/>`,
    `<text x="${left - 44}" y="${MARGIN + 4}">100 %</text><text x="${left - 30}" y="${bottom}">0 %</text>`,
    `<text x="${left}" y="${bottom + 18}">0</text><text x="${right - 24}" y="${bottom + 18}">${upTo}</text>`,
    `<text x="${left}" y="${bottom + 40}">${title}</text>`,
    ...dots,
  ];
}

function dot(
  it: TuneSetting,
  { best, x, from }: { best: TuneSetting | null; x: number; from: number },
): string {
  const cx = from + MARGIN + x * (PANEL - MARGIN - 30);
  const cy = HEIGHT - MARGIN - (it.stopped / Math.max(1, it.runaways)) * (HEIGHT - 2 * MARGIN);
  const title = `${it.profile}, max-cpu ${it.maxCpuPercent}: ${reasonFor(it)}`;
  const place = `cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="${it === best ? 9 : 5}"`;
  return `<circle ${place} fill="${COLOURS[it.profile]}" fill-opacity="0.7"><title>${escapeHtml(title)}</title></circle>`;
}
