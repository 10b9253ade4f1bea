// A run that is alive: what it is, how it is, and the last minute of it.

import { Link } from 'wouter';
import type { Run, Sample } from '../../../../src/contract/run.ts';
import { commandLine } from '../../ui/command-line.ts';
import { Spark } from '../../ui/spark.tsx';
import { RunBadge, runName } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { bytes, figure, percent } from '../../ui/units.ts';
import { useFeed } from '../../wire/feed-context.ts';
import { useLiveSamples, useStatus } from '../../wire/live.ts';

export function LiveRun({ run }: { readonly run: Run }) {
  const feed = useFeed();
  const samples = useLiveSamples(feed, run.run_id);
  const status = useStatus(feed, run.run_id);
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
      <Figures run={run} samples={samples} />
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

function Figures({ run, samples }: { readonly run: Run; readonly samples: readonly Sample[] }) {
  const last = samples.at(-1);
  const cpu = last?.cpu_percent ?? run.cpu_percent;
  const rss = last?.rss_bytes ?? run.rss_bytes;
  const processes = last?.process_count ?? run.process_count;
  const lines = last?.output_lines_per_second ?? null;
  return (
    <div className="figures">
      <Measure name="CPU" value={cpu === null ? null : percent(cpu)}>
        <Spark
          values={samples.map(({ cpu_percent }) => cpu_percent)}
          max={100}
          label="CPU of the last minute"
        />
      </Measure>
      <Measure name="Memory" value={rss === null ? null : bytes(rss)}>
        <Spark
          values={samples.map(({ rss_bytes }) => rss_bytes)}
          max={0}
          label="Memory of the last minute"
        />
      </Measure>
      <Measure name="Output" value={lines === null ? null : `${figure(lines)} lines/s`}>
        <Spark
          values={samples.map(({ output_lines_per_second }) => output_lines_per_second)}
          max={1}
          label="Output of the last minute"
        />
      </Measure>
      <Measure name="Processes" value={processes === null ? null : figure(processes)}>
        <Spark
          values={samples.map(({ process_count }) => process_count)}
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
