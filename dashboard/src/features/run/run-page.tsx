// One run: how it is, what it prints, what was decided about it, and what one can do now.

import { lazy, memo, Suspense } from 'react';
import { Link } from 'wouter';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { Chain } from '../../ui/chain.tsx';
import { commandLine } from '../../ui/command-line.ts';
import { CopyButton, Failed, Loading, SealedNotice } from '../../ui/notice.tsx';
import { RunBadge, runName } from '../../ui/state.tsx';
import { SafeText } from '../../ui/text.tsx';
import { Ago } from '../../ui/time.tsx';
import { useTitle } from '../../ui/title.ts';
import { bytes, duration, figure, percent } from '../../ui/units.ts';
import type { ChainRead } from '../../wire/chain-read.ts';
import { isSealed } from '../../wire/facts.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useStanding, useStatus } from '../../wire/live.ts';
import { useChain, useRun } from '../../wire/queries.ts';
import { NOT_ANSWERING, type RunStatus } from '../../wire/reading.ts';
import { RunActions } from './actions.tsx';
import { RunOutput } from './output.tsx';

const Charts = lazy(async () => {
  const { Charts: charts } = await import('./charts.tsx');
  return { default: charts };
});

export function RunPage({ runId }: { readonly runId: string }) {
  const { data: run, error, refetch } = useRun(runId);
  useTitle(run ? runName(run) : 'Run');
  if (error && !run) return <Failed error={error} retry={() => void refetch()} />;
  if (!run) return <Loading what="the run" />;
  return <Told run={run} />;
}

function Told({ run }: { readonly run: Run }) {
  const standing = useStanding(useFeed(), run.run_id);
  const chain = useChain({ run_id: run.run_id });
  const events = chain.data?.items ?? NO_EVENTS;
  const now = standing ? withStatus(run, standing) : run;
  return (
    <>
      <p className="crumbs">
        <Link href="/">Overview</Link>
      </p>
      <header className="page-head">
        <h1>
          <SafeText text={runName(run)} />
        </h1>
        <p className="badges">
          <RunBadge run={now} />
        </p>
      </header>
      <p className="typed">
        <code>
          <SafeText text={commandLine(run.argv)} />
        </code>
        <CopyButton text={commandLine(run.argv)} label="Copy the command" />
      </p>
      {isSealed(...run.argv) ? <SealedNotice /> : null}
      {now.incident_id ? (
        <p className="banner">
          <Link href={`/incidents/${now.incident_id}`}>It is suspected: see why</Link>
        </p>
      ) : null}
      <RunActions run={now} chain={events} />
      <Ending
        run={now}
        incidentId={events.findLast(({ incident_id }) => incident_id !== null)?.incident_id ?? null}
      />
      <Facts run={run} />
      <Suspense fallback={<Loading what="the charts" />}>
        <Charts run={run} chain={events} />
      </Suspense>
      <RunOutput run={run} />
      <Happened chain={chain.data} />
    </>
  );
}

/** A run as its supervisor tells it now. */
const withStatus = (run: Run, status: RunStatus): Run => ({
  ...run,
  phase: run.state === 'active' ? status.phase : run.phase,
  attempt: status.attempt ?? run.attempt,
  pid: status.phase === NOT_ANSWERING ? run.pid : status.pid,
  cpu_percent: status.cpu_percent,
  rss_bytes: status.rss_bytes,
  process_count: status.process_count,
  output_lines: status.output_lines ?? run.output_lines,
  incident_id: status.incident_id,
});

const NO_EVENTS: readonly TimelineItem[] = [];

const Happened = memo(function Happened({ chain }: { readonly chain: ChainRead | undefined }) {
  return (
    <section aria-labelledby="chain">
      <h2 id="chain">What happened</h2>
      {chain ? <Chain of={chain} /> : <Loading what="the events" />}
    </section>
  );
});

/** How it ended and why; nothing while it runs. */
function Ending({ run, incidentId }: { readonly run: Run; readonly incidentId: string | null }) {
  if (run.state === 'lost') {
    return (
      <p className="banner">
        Its guard is gone without a word. The next <code>flowforge</code> cleans up after it and
        says so here.
      </p>
    );
  }
  if (run.state !== 'ended') return null;
  return (
    <p className="verdict">
      Ended
      {run.ended_at ? (
        <>
          {' '}
          <Ago at={run.ended_at} />
        </>
      ) : null}
      {run.reason ? `: ${run.reason}` : ''}
      {run.exit_code === null ? '' : `, exit status ${run.exit_code}`}
      {run.survivors === null
        ? ''
        : run.survivors === 0
          ? '. Nothing is left of it.'
          : `. ${run.survivors} ${run.survivors === 1 ? 'process is' : 'processes are'} left.`}{' '}
      {incidentId ? <Link href={`/incidents/${incidentId}`}>Why it was stopped</Link> : null}
    </p>
  );
}

type Fact = readonly [name: string, value: React.ReactNode];

function Facts({ run: known }: { readonly run: Run }) {
  const status = useStatus(useFeed(), known.run_id);
  const run = status ? withStatus(known, status) : known;
  const facts: readonly Fact[] = [
    ...(run.state === 'active' ? figuresNow(run) : figuresOfAll(run)),
    ['Lines', figure(run.output_lines)],
    ['Attempt', figure(run.attempt)],
    ['Started', <Ago key="started" at={run.started_at} />],
    ['Pid', run.pid ?? NONE],
    ['Held by', run.containment ?? NONE],
    ['Profile', run.profile ?? NONE],
    ['Rollout', run.rollout ?? NONE],
    ['Directory', <SafeText key="cwd" text={run.cwd} />],
    ['Run', <code key="id">{run.run_id}</code>],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} className={WIDE.includes(name) ? 'wide' : undefined}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Facts that are long. */
const WIDE = ['Directory', 'Run'];

const NONE = '–';
const shown = (value: number | null, show: (value: number) => string): string =>
  value === null ? NONE : show(value);

const figuresNow = (run: Run): readonly Fact[] => [
  ['CPU', shown(run.cpu_percent, (value) => `${percent(value)} of a core`)],
  ['Memory', shown(run.rss_bytes, bytes)],
  ['Processes', shown(run.process_count, figure)],
];

const figuresOfAll = (run: Run): readonly Fact[] => [
  ['Took', shown(run.duration_ms, duration)],
  ['CPU used at most', percent(run.cpu_peak_percent)],
  ['Memory at most', bytes(run.rss_peak_bytes)],
];
