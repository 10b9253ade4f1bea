// One picture: each method at its share of runaways stopped and of healthy work stopped. Up and left is good.

export interface PlotPoint {
  readonly name: string;
  /** Shares, 0 to 1. */
  readonly detected: number;
  readonly falseStops: number;
  readonly ours: boolean;
}

const WIDTH = 720;
const HEIGHT = 460;
const LEFT = 70;
const TOP = 40;
const PLOT_WIDTH = 600;
const PLOT_HEIGHT = 340;

/** The plot as SVG. */
export function plot(points: readonly PlotPoint[], subtitle: string): string {
  const x = (share: number) => LEFT + share * PLOT_WIDTH;
  const y = (share: number) => TOP + (1 - share) * PLOT_HEIGHT;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.flatMap((share) => [
    `<line x1="${x(share)}" y1="${y(0)}" x2="${x(share)}" y2="${y(1)}" class="grid"/>`,
    `<line x1="${x(0)}" y1="${y(share)}" x2="${x(1)}" y2="${y(share)}" class="grid"/>`,
    `<text x="${x(share)}" y="${y(0) + 18}" text-anchor="middle">${100 * share} %</text>`,
    `<text x="${x(0) - 8}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  ]);
  const marks = spread(points, y).flatMap(({ point, labelY }) => [
    `<circle cx="${x(point.falseStops)}" cy="${y(point.detected)}" r="6" class="${point.ours ? 'ours' : 'other'}"/>`,
    `<text x="${x(point.falseStops) + 10}" y="${labelY}">${escaped(point.name)}</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Runaways stopped against healthy runs stopped</title>',
    '<style>.grid{stroke:#ddd}.ours{fill:#0a7d4b}.other{fill:#b4532a}text{fill:#333}</style>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">Runaways stopped against healthy runs stopped: ${escaped(subtitle)}</text>`,
    ...grid,
    `<text x="${x(0.5)}" y="${HEIGHT - 20}" text-anchor="middle">healthy runs stopped (less is better)</text>`,
    `<text transform="translate(18 ${y(0.5)}) rotate(-90)" text-anchor="middle">runaways stopped</text>`,
    ...marks,
    '</svg>',
    '',
  ].join('\n');
}

/** Labels of neighbours are moved apart. */
function spread(points: readonly PlotPoint[], y: (share: number) => number) {
  const taken: { readonly x: number; readonly y: number }[] = [];
  return points.map((point) => {
    let labelY = y(point.detected) + 4;
    const near = () =>
      taken.some((t) => Math.abs(t.x - point.falseStops) < 0.25 && Math.abs(t.y - labelY) < 13);
    while (near()) labelY += 14;
    taken.push({ x: point.falseStops, y: labelY });
    return { point, labelY };
  });
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
