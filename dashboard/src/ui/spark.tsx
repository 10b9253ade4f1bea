// A line of the last minute, without axes: the figure stands beside it.

const WIDTH = 120;
const HEIGHT = 28;
const POINTS = 60;

export function Spark({
  values,
  max,
  label,
}: {
  readonly values: readonly number[];
  /** The top of the drawing; larger values raise it. */
  readonly max: number;
  readonly label: string;
}) {
  const shown = values.slice(-POINTS);
  const top = Math.max(max, ...shown, 1e-9);
  const x = (index: number) => WIDTH - (shown.length - 1 - index) * (WIDTH / (POINTS - 1));
  const y = (value: number) => HEIGHT - 1 - (value / top) * (HEIGHT - 2);
  const points = shown.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="spark-floor" />
      {points.length > 1 ? <polyline points={points.join(' ')} /> : null}
    </svg>
  );
}
