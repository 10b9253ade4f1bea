// A line of the last minute, without axes: the figure stands beside it.

const WIDTH = 120;
const HEIGHT = 28;
const SPAN_MS = 60_000;
/** Above the highest value, so that what never changes does not look like a wall. */
const ROOM = 1.25;

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

export function Spark({
  points,
  max,
  label,
}: {
  /** Oldest first; the newest stands at the right. */
  readonly points: readonly Point[];
  /** The top of the drawing; larger values raise it. */
  readonly max: number;
  readonly label: string;
}) {
  const line = lineOf(points, max);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="spark-floor" />
      {line === null ? null : (
        <>
          <polygon points={`${line.from},${HEIGHT} ${line.points} ${WIDTH},${HEIGHT}`} />
          <polyline points={line.points} />
        </>
      )}
    </svg>
  );
}

/** The corners of the line and where it begins; null where there is too little to draw one. */
function lineOf(points: readonly Point[], max: number): { points: string; from: string } | null {
  const nowMs = points.at(-1)?.atMs ?? 0;
  const outside = points.findLastIndex(({ atMs }) => atMs <= nowMs - SPAN_MS);
  const shown = points.slice(Math.max(0, outside));
  if (shown.length < 2) return null;
  const top = Math.max(max, ROOM * Math.max(...shown.map(({ value }) => value)), 1e-9);
  const x = (atMs: number) => Math.max(0, WIDTH * (1 - (nowMs - atMs) / SPAN_MS)).toFixed(1);
  const y = (value: number) => (HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1);
  return {
    points: shown.map(({ atMs, value }) => `${x(atMs)},${y(value)}`).join(' '),
    from: x(shown[0]?.atMs ?? nowMs),
  };
}
