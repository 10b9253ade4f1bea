// A figure: what was measured, what it must reach, and how it is printed.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly must: { readonly atMost: number } | { readonly atLeast: number };
  /** Against what it is measured, in the same run. */
  readonly beside?: string;
}

export const isReached = ({ value, must }: Figure): boolean =>
  'atMost' in must ? value <= must.atMost : value >= must.atLeast;

/** A Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, must, beside = '' } = figure;
    const bound = 'atMost' in must ? `≤ ${format(must.atMost)}` : `≥ ${format(must.atLeast)}`;
    const verdict = isReached(figure) ? 'yes' : '**no**';
    return `| ${name} | ${format(value)} ${unit} | ${bound} | ${verdict} | ${beside} |`;
  });
  return [
    '| what | figure | must | reached | beside it |',
    '|---|--:|--:|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** The value that `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function timedMs(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

const format = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
