// One chart: a thin skin over uPlot, which draws. It is made once and then given data; the cursor is shared.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { drawLimit, drawMarks, type Mark } from './marks.ts';
import type { Range } from './series.ts';

export interface Curve {
  readonly label: string;
  /** A colour token, e.g. `--series-1`. */
  readonly color: string;
  readonly isDashed?: boolean | undefined;
}

export type Data = readonly [at: readonly number[], ...values: (readonly number[])[]];

export interface ChartProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly data: Data;
  readonly marks: readonly Mark[];
  readonly show: (value: number) => string;
  /** Top of the axis where it is known. */
  readonly max?: number | undefined;
  /** What the values are not to exceed; null where nothing is said of it. */
  readonly limit: number | null;
  readonly limitLabel: string;
  /** Index of what is read out; null: the last. */
  readonly at: number | null;
  readonly onAt: (index: number | null) => void;
  readonly range: Range | null;
  readonly onRange: (range: Range) => void;
}

const HEIGHT = 132;
const SYNC = 'run';
const NARROWEST_S = 2;

/** The limit is drawn as soon as a value comes this near to it; before that it would only flatten the curves. */
const NEAR_LIMIT = 1 / 3;

export function Chart(props: ChartProps) {
  const { title, curves, data, at, show, range, limit, limitLabel, marks } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = curves.map(({ label }) => label).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the curves are the shape of the chart; all else it reads anew
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsFor(latest, parent.clientWidth),
        toPlot(latest.current.data),
        parent,
      );
    };
    make();
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: parent.clientWidth, height: HEIGHT }),
    );
    resize.observe(parent);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', make);
    window.addEventListener('themechange', make);
    return () => {
      resize.disconnect();
      dark.removeEventListener('change', make);
      window.removeEventListener('themechange', make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also when another part is looked at, or more has happened
  useEffect(() => {
    plot.current?.setData(toPlot(data), true);
  }, [data, range, limit, marks]);
  const values = readOut(data, at, show);
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        {curves.map(({ label, color, isDashed }, index) => (
          <Key key={label} label={label} color={color} isDashed={isDashed} value={values[index]} />
        ))}
        {limit === null ? null : (
          <Key label={limitLabel} color="--warn" isDashed value={show(limit)} />
        )}
      </figcaption>
      <div ref={place} className="plot" role="img" aria-label={`${title}, over time`} />
    </figure>
  );
}

/** What a curve is, and its value where one looks. */
function Key({
  label,
  color,
  isDashed,
  value,
}: Curve & {
  readonly value: string | undefined;
}) {
  return (
    <span className="curve">
      <svg viewBox="0 0 16 8" aria-hidden="true">
        <line
          x1="0"
          y1="4"
          x2="16"
          y2="4"
          stroke={`var(${color})`}
          strokeWidth="2"
          strokeDasharray={isDashed ? '4 3' : undefined}
        />
      </svg>
      {label} <span className="num">{value}</span>
    </span>
  );
}

function readOut(
  data: Data,
  at: number | null,
  show: (value: number) => string,
): readonly string[] {
  const [, ...columns] = data;
  return columns.map((column) => {
    const value = at === null ? column.at(-1) : column[at];
    return value === undefined ? '–' : show(value);
  });
}

const toPlot = (data: Data): uPlot.AlignedData => data as unknown as uPlot.AlignedData;

function optionsFor(latest: { readonly current: ChartProps }, width: number): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const color = (token: string): string => styles.getPropertyValue(token).trim();
  const { curves, show, max } = latest.current;
  const colors = {
    decision: color('--warn'),
    action: color('--bad'),
    life: color('--text-quiet'),
    limit: color('--warn'),
  };
  const axis = {
    stroke: color('--text-quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: {
      sync: { key: SYNC },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: { range: (_plot, min, most) => wanted(latest.current, min, most) },
      y: { range: (_plot, _min, most) => [0, max ?? roomAbove(most, latest.current.limit)] },
    },
    axes: [
      { ...axis, size: 24, space: 72, values: (_plot, splits) => eachOnce(splits.map(timeOf)) },
      { ...axis, size: 64, values: (_plot, splits) => eachOnce(splits.map(show)) },
    ],
    series: [
      {},
      ...curves.map(({ label, color: token, isDashed }) => ({
        label,
        stroke: color(token),
        width: 1,
        points: { show: false },
        spanGaps: true,
        ...(isDashed ? { dash: [4, 3] } : {}),
      })),
    ],
    hooks: {
      setCursor: [(plot) => latest.current.onAt(plot.cursor.idx ?? null)],
      setSelect: [(plot) => choose(plot, latest.current)],
      draw: [
        (plot) => {
          drawLimit(plot, latest.current.limit, colors);
          drawMarks(plot, latest.current.marks, colors);
        },
      ],
    },
  };
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const timeOf = (seconds: number): string => CLOCK.format(seconds * 1000);

/** Ticks that lie closer than their labels tell are labelled once. */
const eachOnce = (labels: readonly string[]): string[] =>
  labels.map((label, index) => (label === labels[index - 1] ? '' : label));

/** What is looked at; else all readings, and what was decided and done before and after them. */
function wanted({ range, marks }: ChartProps, min: number, max: number): [number, number] {
  if (range) return [range[0], range[1]];
  const from = Math.min(min, marks[0]?.atSeconds ?? min);
  return [from, Math.max(max, marks.at(-1)?.atSeconds ?? max, from + NARROWEST_S)];
}

/** A little air above the highest value, or the limit where it is near; never an axis of nothing. */
function roomAbove(most: number | null, limit: number | null): number {
  const top = most === null || most <= 0 ? 1 : most;
  return 1.1 * (limit !== null && top >= limit * NEAR_LIMIT ? Math.max(top, limit) : top);
}

function choose(plot: uPlot, { onRange }: ChartProps): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (to - from >= NARROWEST_S) onRange([from, to]);
}
