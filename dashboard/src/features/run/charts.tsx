// The run over time: CPU, memory, processes, output and the scores, on one time axis, with what was decided and done.

import { useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { bytes, figure, percent } from '../../ui/units.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useLiveSamples } from '../../wire/live.ts';
import { useSamples } from '../../wire/queries.ts';
import { Chart, type Curve, type Data, type Range } from './chart.tsx';
import { marksOf } from './marks.ts';
import { type Column, join, type Table } from './series.ts';

interface Panel {
  readonly title: string;
  readonly curves: readonly (Curve & { readonly column: Column })[];
  readonly show: (value: number) => string;
  readonly max?: number;
}

const rate = (value: number): string => `${figure(value)} /s`;

const PANELS: readonly Panel[] = [
  {
    title: 'CPU, of one core',
    show: percent,
    curves: [
      { label: 'used', column: 'cpuPercent', color: '--series-1' },
      { label: 'wanted', column: 'demandPercent', color: '--series-2', isDashed: true },
    ],
  },
  {
    title: 'Memory',
    show: bytes,
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
    title: 'Scores, 0 to 100',
    show: figure,
    max: 100,
    curves: [
      { label: 'confidence', column: 'confidenceScore', color: '--series-3' },
      { label: 'CPU', column: 'cpuScore', color: '--series-1' },
      { label: 'entropy', column: 'entropyScore', color: '--series-2', isDashed: true },
    ],
  },
];

export function Charts({
  run,
  chain,
}: {
  readonly run: Run;
  readonly chain: readonly TimelineItem[];
}) {
  const live = useLiveSamples(useFeed(), run.run_id);
  const { data: kept } = useSamples(run.run_id);
  const table = useMemo(() => join(kept ?? [], live), [kept, live]);
  const panels = useMemo(() => panelsOf(table), [table]);
  const marks = useMemo(() => marksOf(chain), [chain]);
  const { range, setRange } = useRange();
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
  const shownAt = at ?? table.atSeconds.length - 1;
  const secondsAt = table.atSeconds[shownAt];
  return (
    <section aria-labelledby="charts">
      <div className="section-head">
        <h2 id="charts">Over time</h2>
        <span className="quiet num">
          {secondsAt === undefined ? '' : new Date(secondsAt * 1000).toLocaleTimeString()}
        </span>
        {range ? (
          <button type="button" className="small" onClick={() => setRange(null)}>
            Show all
          </button>
        ) : (
          <span className="quiet">drag to look closer</span>
        )}
      </div>
      <div className="charts">
        {panels.map((panel) => (
          <Chart
            key={panel.title}
            title={panel.title}
            curves={panel.curves}
            max={panel.max}
            show={panel.show}
            at={at}
            onAt={setAt}
            onRange={setRange}
            range={range}
            marks={marks}
            data={panel.data}
          />
        ))}
      </div>
      <Legend marks={marks.length} />
    </section>
  );
}

/** Those of which anything is known, with their data: the same object as long as the readings are the same. */
const panelsOf = (table: Table) =>
  PANELS.flatMap((panel) => {
    const curves = panel.curves.filter(({ column }) =>
      table.columns[column].some((value) => value !== null),
    );
    const data: Data = [table.atSeconds, ...curves.map(({ column }) => table.columns[column])];
    return curves.length === 0 ? [] : [{ ...panel, curves, data }];
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

/** The part of the time axis that is looked at, kept in the address. */
function useRange() {
  const [search, setSearch] = useSearchParams();
  const from = Number(search.get('from') ?? Number.NaN);
  const to = Number(search.get('to') ?? Number.NaN);
  const isSet = Number.isFinite(from) && Number.isFinite(to) && to > from;
  const range = useMemo<Range | null>(() => (isSet ? [from, to] : null), [isSet, from, to]);
  const setRange = (next: Range | null): void =>
    setSearch(
      (before) => {
        const params = new URLSearchParams(before);
        params.delete('from');
        params.delete('to');
        if (next) {
          params.set('from', next[0].toFixed(1));
          params.set('to', next[1].toFixed(1));
        }
        return params;
      },
      { replace: true },
    );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && range && !document.querySelector('dialog[open]'))
        setRange(null);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return { range, setRange };
}
