// The results for people: a table in Markdown, and a picture of the ratios.

import { cpus, release } from 'node:os';
import type { Result, Spread, WayResult } from './measure.ts';

/** What the figures were measured on, in one line. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Linux ${release()}, Node ${process.versions.node}`;

export function markdown(results: readonly Result[]): string {
  const rows = results.flatMap((result) => result.ways.map((way) => row(result, way)));
  return [
    '| work | way | cost (1st to 9th decile) | ratio to the reference | further figures | reached |',
    '| --- | --- | ---: | ---: | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row(result: Result, way: WayResult): string {
  const isUs = way.name === result.ours;
  const isReference = way.name === result.reference;
  const figures = Object.entries(way.figures).map(
    ([name, value]) => `${name}: ${short(value.median)}`,
  );
  const cells = [
    isUs ? `**${result.work}**` : result.work,
    isUs ? `**${way.name}**` : way.name,
    `${short(way.cost.median)} ${result.unit} (${short(way.cost.low)} to ${short(way.cost.high)})`,
    isReference ? 'reference' : `${ratio(way.ratio)}`,
    figures.join('; '),
    isUs ? verdict(result) : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict({ ratioAtMost, bounds, isReached }: Result): string {
  if (isReached === null) return 'no bound';
  const wanted = [
    ...(ratioAtMost === null ? [] : [`ratio ≤ ${short(ratioAtMost)}`]),
    ...bounds.map(({ figure, atMost }) => `${figure} ≤ ${short(atMost)}`),
  ];
  return `${isReached ? 'yes' : '**no**'}: ${wanted.join(', ')}`;
}

const ratio = ({ median, low, high }: Spread): string =>
  `${median.toFixed(2)}× (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** Three significant digits, no exponent. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

const ROW = 20;
const LEFT = 330;
const WIDTH = 900;
const SCALE_MAX = 10;

/** The ratio of each way to its reference on a logarithmic scale; left of the line is cheaper than the reference. */
export function picture(results: readonly Result[]): string {
  const x = (value: number): number => {
    const bounded = Math.min(SCALE_MAX, Math.max(1 / SCALE_MAX, value));
    return LEFT + ((Math.log10(bounded) + 1) / 2) * (WIDTH - LEFT - 40);
  };
  const compared = results.filter(({ ways }) => ways.length > 1);
  const lines = compared.flatMap(({ work, reference, ours, ratioAtMost, ways }) => [
    { title: `${work}, against ${reference}`, ours, ratioAtMost, way: null },
    ...ways
      .filter(({ name }) => name !== reference)
      .map((way) => ({ title: way.name, ours, ratioAtMost, way })),
  ]);
  const height = 60 + lines.length * ROW;
  const drawn = lines.flatMap(({ title, ours, ratioAtMost, way }, index) => {
    const y = 50 + index * ROW;
    if (!way) return [`<text x="12" y="${y + 4}" font-weight="bold">${escaped(title)}</text>`];
    const isUs = way.name === ours;
    const kind = isUs ? 'ours' : 'other';
    return [
      `<text x="30" y="${y + 4}">${escaped(title)}</text>`,
      ...(isUs && ratioAtMost !== null
        ? [
            `<line x1="${x(ratioAtMost)}" y1="${y - 8}" x2="${x(ratioAtMost)}" y2="${y + 8}" class="bound"/>`,
          ]
        : []),
      `<line x1="${x(way.ratio.low)}" y1="${y}" x2="${x(way.ratio.high)}" y2="${y}" class="${kind}"/>`,
      `<circle cx="${x(way.ratio.median)}" cy="${y}" r="5" class="${kind}"/>`,
      `<text x="${x(way.ratio.high) + 10}" y="${y + 4}">${way.ratio.median.toFixed(2)}×</text>`,
    ];
  });
  const grid = [0.1, 0.2, 0.5, 1, 2, 5, 10].flatMap((value) => [
    `<line x1="${x(value)}" y1="34" x2="${x(value)}" y2="${height}" class="${value === 1 ? 'one' : 'grid'}"/>`,
    `<text x="${x(value)}" y="28" text-anchor="middle">${value}×</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>What guarding costs, as a ratio to a reference</title>',
    '<style>text{fill:#333}.grid{stroke:#eee}.one{stroke:#888}.bound{stroke:#c0392b;stroke-width:2}.ours{fill:#0a7d4b;stroke:#0a7d4b}.other{fill:#8795a1;stroke:#8795a1}</style>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...grid,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', '');
