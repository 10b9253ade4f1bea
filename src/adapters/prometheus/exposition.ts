// Metrics in the text formats of Prometheus (0.0.4) and OpenMetrics (1.0.0).

import type { Expose, MetricFamily, MetricSeries } from '../../ports.ts';

/** Writes families down, in the order they come. */
export const expose: Expose = (families, format) => {
  const isOpen = format === 'openmetrics';
  const text = families.map((family) => familyText(family, isOpen)).join('');
  return isOpen ? `${text}# EOF\n` : text;
};

function familyText({ name, type, help, series }: MetricFamily, isOpen: boolean): string {
  // OpenMetrics names a counter without its suffix.
  const called = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
  const lines = series.flatMap((it) => seriesLines(name, it));
  return `# HELP ${called} ${escapeHelp(help)}\n# TYPE ${called} ${type}\n${lines.join('')}`;
}

function seriesLines(name: string, series: MetricSeries): string[] {
  const { labels } = series;
  if ('value' in series) return [line(name, labels, series.value)];
  const { buckets, sum, count } = series;
  return [
    ...buckets.map(([upTo, below]) => line(`${name}_bucket`, { ...labels, le: le(upTo) }, below)),
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}

/** OpenMetrics wants a float where it is a float. */
const le = (upTo: number): string => (Number.isInteger(upTo) ? upTo.toFixed(1) : String(upTo));

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
