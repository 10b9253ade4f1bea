// Counts what the API itself does. Labels come from bounded sets only: route patterns, methods, statuses, reasons.

import type { MetricFamily, MetricSeries } from '../ports.ts';
import { METRICS, type MetricName } from './metric-names.ts';

type Labels = Readonly<Record<string, string>>;

const ANSWER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Counter {
  readonly labels: Labels;
  value: number;
}

interface Histogram {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** A metric with the series it has now. */
export const family = (name: MetricName, series: readonly MetricSeries[]): MetricFamily => {
  const { type, help } = METRICS[name];
  return { name, type, help, series };
};

export const gauge = (name: MetricName, value: number): MetricFamily =>
  family(name, [{ labels: {}, value }]);

export class Counters {
  readonly #name: MetricName;
  readonly #series = new Map<string, Counter>();

  constructor(name: MetricName) {
    this.#name = name;
  }

  add(labels: Labels, by = 1): void {
    const key = Object.values(labels).join('\0');
    const series = this.#series.get(key) ?? { labels, value: 0 };
    series.value += by;
    this.#series.set(key, series);
  }

  family(): MetricFamily {
    const { labels } = METRICS[this.#name];
    const isBare = labels.length === 0 && this.#series.size === 0;
    const series = isBare ? [{ labels: {}, value: 0 }] : [...this.#series.values()];
    return family(this.#name, series);
  }
}

export class Histograms {
  readonly #name: MetricName;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Histogram>();

  constructor(name: MetricName, bounds: readonly number[] = ANSWER_SECONDS) {
    this.#name = name;
    this.#bounds = bounds;
  }

  /** Takes what took so long, or, with a count, so many that took so long together, none longer than `within`. */
  observe(labels: Labels, seconds: number, { count = 1, within = seconds } = {}): void {
    const key = Object.values(labels).join('\0');
    const series = this.#series.get(key) ?? {
      labels,
      counts: this.#bounds.map(() => 0),
      sum: 0,
      count: 0,
    };
    this.#series.set(key, series);
    const at = this.#bounds.findIndex((upTo) => within <= upTo);
    if (at >= 0) series.counts[at] = (series.counts[at] ?? 0) + count;
    series.sum += seconds;
    series.count += count;
  }

  family(): MetricFamily {
    const series = [...this.#series.values()];
    return family(
      this.#name,
      series.map((it) => cumulate(it, this.#bounds)),
    );
  }
}

function cumulate(
  { labels, counts, sum, count }: Histogram,
  bounds: readonly number[],
): MetricSeries {
  let below = 0;
  const buckets = bounds.map((upTo, index) => {
    below += counts[index] ?? 0;
    return [upTo, below] as const;
  });
  return { labels, buckets, sum, count };
}
