// A run that is alive: what it is, how it is, and the last minute of it.

import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Run, Sample } from '../../../../src/contract/run.ts';
import { plainText } from '../../ui/ansi.ts';
import { commandLine, shortCommandLine } from '../../ui/command-line.ts';
import { Spark } from '../../ui/spark.tsx';
import { RunBadge, runName } from '../../ui/state.tsx';
import { SafeText } from '../../ui/text.tsx';
import { Ago } from '../../ui/time.tsx';
import { bytes, figure, percent } from '../../ui/units.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useLiveSamples, useStatus } from '../../wire/live.ts';
import { useLatestSamples } from '../../wire/queries.ts';
import { NOT_ANSWERING } from '../../wire/reading.ts';

export function LiveRun({ run }: { readonly run: Run }) {
  const feed = useFeed();
  const live = useLiveSamples(feed, run.run_id);
  const { data: before } = useLatestSamples(run.run_id);
  const samples = useMemo(() => together(before ?? [], live), [before, live]);
  const status = useStatus(feed, run.run_id);
  const now = {
    ...run,
    phase: status?.phase ?? run.phase,
    incident_id: status?.incident_id ?? run.incident_id,
  };
  return (
    <li className={now.incident_id ? 'card suspected' : 'card'}>
      <div className="row-head">
        <h3>
          <Link href={`/runs/${run.run_id}`} data-row className="cut">
            <SafeText text={runName(run)} />
          </Link>
        </h3>
        <RunBadge run={now} />
      </div>
      <p className="command">
        <code className="cut" title={plainText(commandLine(run.argv))}>
          <SafeText text={shortCommandLine(run.argv)} />
        </code>
      </p>
      <Figures run={now} samples={samples} />
      <p className="quiet">
        started <Ago at={run.started_at} />
        {(status?.attempt ?? run.attempt) > 1 ? ` · attempt ${status?.attempt ?? run.attempt}` : ''}
        {run.rollout && run.rollout !== 'enforce' ? ` · ${run.rollout}: only watches` : ''}
      </p>
      {now.incident_id ? (
        <p>
          <Link href={`/incidents/${now.incident_id}`}>See why it is suspected</Link>
        </p>
      ) : null}
    </li>
  );
}

/** What was kept before this page was there, and what came in since: of the last minute, and one before it. */
function together(before: readonly Sample[], live: readonly Sample[]): readonly Sample[] {
  const [begin] = live;
  const kept = begin ? before.filter(({ at }) => at < begin.at) : before;
  return [...kept, ...live].slice(-SHOWN_MAX);
}

const SHOWN_MAX = 62;

/** What is measured of a run, and the top of its line where nothing is higher. */
const MEASURES = [
  ['CPU', 'cpu_percent', percent, 100],
  ['Memory', 'rss_bytes', bytes, 0],
  [
    'Output',
    'output_lines_per_second',
    (value: number) => `${figure(Math.round(10 * value) / 10)} lines/s`,
    1,
  ],
  ['Processes', 'process_count', figure, 1],
] as const;

const NO_RATE = { output_lines_per_second: null };
const UNKNOWN = { cpu_percent: null, rss_bytes: null, process_count: null, ...NO_RATE };

function Figures({ run, samples }: { readonly run: Run; readonly samples: readonly Sample[] }) {
  const known = run.phase === NOT_ANSWERING ? UNKNOWN : (samples.at(-1) ?? { ...run, ...NO_RATE });
  return (
    <dl className="figures">
      {MEASURES.map(([name, field, show, max]) => (
        <div key={name} className="measure">
          <dt className="measure-name">{name}</dt>
          <dd className="measure-value num">{known[field] === null ? '–' : show(known[field])}</dd>
          <dd className="measure-line">
            <Spark
              points={samples.map((it) => ({ atMs: Date.parse(it.at), value: it[field] }))}
              max={max}
              label={`${name} of the last minute`}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}
