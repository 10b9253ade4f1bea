// One chart: a thin skin over uPlot, which draws. It is made once and then given data; the cursor is shared.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { Mark } from './marks.ts';

/** A part of the time axis. */
export type Range = readonly [fromSeconds: number, toSeconds: number];

export interface Curve {
  readonly label: string;
  /** A colour token, e.g. `--series-1`. */
  readonly color: string;
  readonly isDashed?: boolean;
}

export type Data = readonly [at: readonly number[], ...values: (readonly (number | null)[])[]];

export interface ChartProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly data: Data;
  readonly marks: readonly Mark[];
  readonly show: (value: number) => string;
  /** Top of the axis where it is known. */
  readonly max?: number | undefined;
  /** Index of what is read out; null: the last. */
  readonly at: number | null;
  readonly onAt: (index: number | null) => void;
  readonly range: Range | null;
  readonly onRange: (range: Range) => void;
}

const HEIGHT = 132;
const SYNC = 'run';
const NARROWEST_S = 2;

export function Chart(props: ChartProps) {
  const { title, curves, data, at, show, range } = props;
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
  useEffect(() => {
    plot.current?.setData(toPlot(data), true);
  }, [data]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data is there already; the range decides what is seen
  useEffect(() => {
    plot.current?.setData(toPlot(latest.current.data), true);
  }, [range]);
  const values = readOut(data, at, show);
  const said = curves.map(({ label }, index) => `${label} ${values[index]}`).join(', ');
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        {curves.map(({ label, color, isDashed }, index) => (
          <span key={label} className="curve">
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
            {label} <span className="num">{values[index]}</span>
          </span>
        ))}
      </figcaption>
      <div ref={place} className="plot" role="img" aria-label={`${title}: ${said}`} />
    </figure>
  );
}

function readOut(
  data: Data,
  at: number | null,
  show: (value: number) => string,
): readonly string[] {
  const [, ...columns] = data;
  return columns.map((column) => {
    const value = at === null ? column.findLast((it) => it !== null) : column[at];
    return value === null || value === undefined ? '–' : show(value);
  });
}

const toPlot = (data: Data): uPlot.AlignedData => data as unknown as uPlot.AlignedData;

function optionsFor(latest: { readonly current: ChartProps }, width: number): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const color = (token: string): string => styles.getPropertyValue(token).trim();
  const { curves, show, max } = latest.current;
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
      x: { range: (_plot, min, most) => wanted(latest.current.range, min, most) },
      y: { range: (_plot, _min, most) => [0, max ?? roomAbove(most)] },
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
        width: 1.5,
        points: { show: false },
        spanGaps: true,
        ...(isDashed ? { dash: [4, 3] } : {}),
      })),
    ],
    hooks: {
      setCursor: [(plot) => latest.current.onAt(plot.cursor.idx ?? null)],
      setSelect: [(plot) => choose(plot, latest.current)],
      draw: [
        (plot) =>
          drawMarks(plot, latest.current.marks, {
            decision: color('--warn'),
            action: color('--bad'),
            life: color('--text-quiet'),
          }),
      ],
    },
  };
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toLocaleTimeString('en-GB');

/** Ticks that lie closer than their labels tell are labelled once. */
const eachOnce = (labels: readonly string[]): string[] =>
  labels.map((label, index) => (label === labels[index - 1] ? '' : label));

const wanted = (range: Range | null, min: number, max: number): [number, number] =>
  range ? [range[0], range[1]] : [min, Math.max(max, min + NARROWEST_S)];

/** A little air above the highest value; never an axis of nothing. */
const roomAbove = (most: number | null): number => (most === null || most <= 0 ? 1 : most * 1.1);

function choose(plot: uPlot, { onRange }: ChartProps): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (to - from >= NARROWEST_S) onRange([from, to]);
}

function drawMarks(
  plot: uPlot,
  marks: readonly Mark[],
  colors: Readonly<Record<Mark['type'], string>>,
): void {
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
