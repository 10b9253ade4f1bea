// The run over time: CPU, memory, processes, output and the scores, on one time axis, with what was decided and done.

import { memo, useMemo, useState } from 'react';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { ClockTime } from '../../ui/time.tsx';
import { bytes, figure, percent } from '../../ui/units.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useLiveSamples } from '../../wire/live.ts';
import { useSamples } from '../../wire/queries.ts';
import { Chart, type Curve, type Data } from './chart.tsx';
import { type Look, PERIODS, periodOf, rangeOf, useLook } from './look.ts';
import { marksOf } from './marks.ts';
import { type Column, join, type Range, type Table, tableOf, thin, within } from './series.ts';

interface Panel {
  readonly title: string;
  readonly curves: readonly (Curve & { readonly column: Column })[];
  readonly show: (value: number) => string;
  readonly max?: number;
  readonly limitOf?: (run: Run) => number | null;
  /** What the limit is called; `limit` where nothing is said. */
  readonly limitLabel?: string;
}

const rate = (value: number): string => `${figure(value)} /s`;
const byteRate = (value: number): string => `${bytes(value)}/s`;

const PANELS: readonly Panel[] = [
  {
    title: 'CPU, of one core',
    show: percent,
    limitOf: (run) => run.max_cpu_percent,
    curves: [
      { label: 'used', column: 'cpuPercent', color: '--series-1' },
      { label: 'wanted', column: 'demandPercent', color: '--series-2', isDashed: true },
    ],
  },
  {
    title: 'Memory',
    show: bytes,
    limitOf: (run) => run.max_memory_bytes,
    curves: [{ label: 'of the whole tree', column: 'rssBytes', color: '--series-1' }],
  },
  {
    title: 'Processes',
    show: figure,
    curves: [{ label: 'alive', column: 'processCount', color: '--series-1' }],
  },
  {
    title: 'Output, lines',
    show: rate,
    curves: [{ label: 'lines', column: 'linesPerSecond', color: '--series-1' }],
  },
  {
    title: 'Output, bytes',
    show: byteRate,
    curves: [{ label: 'bytes', column: 'bytesPerSecond', color: '--series-1' }],
  },
  {
    title: 'Scores, 0 to 100',
    show: figure,
    max: 100,
    limitOf: (run) => run.stop_at,
    limitLabel: 'stops at',
    curves: [
      { label: 'confidence', column: 'confidenceScore', color: '--series-3' },
      { label: 'CPU', column: 'cpuScore', color: '--series-1' },
      { label: 'entropy', column: 'entropyScore', color: '--series-2', isDashed: true },
    ],
  },
];

export const Charts = memo(function Charts({
  run,
  chain,
}: {
  readonly run: Run;
  readonly chain: readonly TimelineItem[];
}) {
  const { look, choose } = useLook();
  const { table, range } = useTable(run, look);
  const panels = useMemo(() => panelsOf(table), [table]);
  const marks = useMemo(() => marksOf(chain), [chain]);
  const [at, setAt] = useState<number | null>(null);
  if (table.atSeconds.length < 2) {
    return (
      <section aria-labelledby="charts">
        <h2 id="charts">Over time</h2>
        <p className="quiet">
          {run.state === 'active'
            ? 'The first readings are on their way.'
            : 'It was too short for readings to be kept.'}
        </p>
      </section>
    );
  }
  const secondsAt = table.atSeconds[at ?? table.atSeconds.length - 1] ?? table.atSeconds.at(-1);
  return (
    <section aria-labelledby="charts">
      <div className="section-head">
        <h2 id="charts">Over time</h2>
        <span className="quiet">
          {secondsAt === undefined ? null : (
            <ClockTime at={new Date(1000 * secondsAt).toISOString()} />
          )}
        </span>
        <Looking look={look} choose={choose} />
      </div>
      <div className="charts">
        {panels.map((panel) => (
          <Chart
            key={panel.title}
            title={panel.title}
            curves={panel.curves}
            max={panel.max}
            show={panel.show}
            limit={panel.limitOf?.(run) ?? null}
            limitLabel={panel.limitLabel ?? 'limit'}
            at={at}
            onAt={setAt}
            onRange={(part) => choose({ type: 'part', range: part })}
            range={range}
            marks={marks}
            data={panel.data}
          />
        ))}
      </div>
      <Legend marks={marks.length} />
    </section>
  );
});

/** Which part of the time one looks at, by mouse or by keyboard. */
function Looking({ look, choose }: { readonly look: Look; readonly choose: (look: Look) => void }) {
  if (look.type === 'part') {
    return (
      <button type="button" className="small end" onClick={() => choose({ type: 'all' })}>
        Show all
      </button>
    );
  }
  return (
    <label className="check end">
      <span className="wide-only">drag over a chart to look closer, or show</span>
      <select
        className="small"
        aria-label="Show"
        value={look.type === 'last' ? look.period : ''}
        onChange={({ target }) => {
          const period = periodOf(target.value);
          choose(period === null ? { type: 'all' } : { type: 'last', period });
        }}
      >
        <option value="">all</option>
        {Object.entries(PERIODS).map(([period, { words }]) => (
          <option key={period} value={period}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The readings that are looked at. What was kept is gone through once, however often new ones come in. */
function useTable(run: Run, look: Look): { readonly table: Table; readonly range: Range | null } {
  const samples = useLiveSamples(useFeed(), run.run_id);
  const { data } = useSamples(run.run_id, run.state === 'active');
  const kept = useMemo(() => tableOf(data ?? []), [data]);
  const live = useMemo(() => tableOf(samples), [samples]);
  const lastAt = live.atSeconds.at(-1) ?? kept.atSeconds.at(-1) ?? 0;
  const range = useMemo(() => rangeOf(look, lastAt), [look, lastAt]);
  const [from, to] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const seen = useMemo(() => thin(within(kept, [from, to])), [kept, from, to]);
  const table = useMemo(() => join(seen, live), [seen, live]);
  return { table, range };
}

const panelsOf = (table: Table) =>
  PANELS.map((panel) => {
    const data: Data = [
      table.atSeconds,
      ...panel.curves.map(({ column }) => table.columns[column]),
    ];
    return { ...panel, data };
  });

function Legend({ marks }: { readonly marks: number }) {
  if (marks === 0) return null;
  return (
    <p className="quiet">
      <span aria-hidden="true">┆</span> dashed lines: decisions that changed ·{' '}
      <span aria-hidden="true">│</span> full lines: what was done, or happened to it
    </p>
  );
}
