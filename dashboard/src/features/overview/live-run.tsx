// A run that is alive: what it is, how it is, and the last minute of it.

import { Link } from 'wouter';
import type { Run } from '../../../../src/contract/run.ts';
import { commandLine } from '../../ui/command-line.ts';
import { Spark } from '../../ui/spark.tsx';
import { RunBadge, runName } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { bytes, figure, percent } from '../../ui/units.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useLive, useLivePoints } from '../../wire/live.ts';
import type { LivePoint } from '../../wire/reading.ts';

export function LiveRun({ run }: { readonly run: Run }) {
  const feed = useFeed();
  const points = useLivePoints(feed, run.run_id);
  const status = useLive(feed).statuses.get(run.run_id);
  const now = {
    ...run,
    phase: status?.phase ?? run.phase,
    incident_id: status?.incident_id ?? run.incident_id,
  };
  return (
    <li className="card">
      <div className="row-head">
        <h3>
          <Link href={`/runs/${run.run_id}`} data-row className="cut">
            <bdi>{runName(run)}</bdi>
          </Link>
        </h3>
        <RunBadge run={now} />
      </div>
      <p className="command">
        <code className="cut" title={commandLine(run.argv)}>
          <bdi>{commandLine(run.argv)}</bdi>
        </code>
      </p>
      <Figures run={run} points={points} />
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

function Figures({ run, points }: { readonly run: Run; readonly points: readonly LivePoint[] }) {
  const last = points.at(-1);
  const cpu = last?.cpuPercent ?? run.cpu_percent;
  const rss = last?.rssBytes ?? run.rss_bytes;
  const processes = last?.processCount ?? run.process_count;
  const lines = last?.linesPerSecond ?? null;
  return (
    <div className="figures">
      <Measure name="CPU" value={cpu === null ? null : percent(cpu)}>
        <Spark
          values={points.map(({ cpuPercent }) => cpuPercent)}
          max={100}
          label="CPU of the last minute"
        />
      </Measure>
      <Measure name="Memory" value={rss === null ? null : bytes(rss)}>
        <Spark
          values={points.map(({ rssBytes }) => rssBytes)}
          max={0}
          label="Memory of the last minute"
        />
      </Measure>
      <Measure name="Output" value={lines === null ? null : `${figure(lines)} lines/s`}>
        <Spark
          values={points.map(({ linesPerSecond }) => linesPerSecond ?? 0)}
          max={1}
          label="Output of the last minute"
        />
      </Measure>
      <Measure name="Processes" value={processes === null ? null : figure(processes)}>
        <Spark
          values={points.map(({ processCount }) => processCount)}
          max={1}
          label="Processes of the last minute"
        />
      </Measure>
    </div>
  );
}

function Measure({
  name,
  value,
  children,
}: {
  readonly name: string;
  readonly value: string | null;
  readonly children: React.ReactNode;
}) {
  return (
    <div className="measure">
      <span className="measure-name">{name}</span>
      <span className="measure-value num">{value ?? '–'}</span>
      {children}
    </div>
  );
}
