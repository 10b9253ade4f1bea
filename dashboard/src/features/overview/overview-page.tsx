// What is running and is it well; what happened while nobody looked.

import { useState } from 'react';
import { Link } from 'wouter';
import type { Incident } from '../../../../src/contract/incident.ts';
import type { Run } from '../../../../src/contract/run.ts';
import { Empty, Failed, Loading, Typed } from '../../ui/notice.tsx';
import { useRunNames } from '../../ui/run-names.ts';
import { Scroll } from '../../ui/scroll.tsx';
import { IncidentBadge, RunBadge, reasonInWords, runName } from '../../ui/state.tsx';
import { SafeText } from '../../ui/text.tsx';
import { Ago } from '../../ui/time.tsx';
import { useTitle } from '../../ui/title.ts';
import { count, duration } from '../../ui/units.ts';
import { useActiveRuns, useIncidentPages, useRunPages } from '../../wire/queries.ts';
import { GuardHealth, GuardTrouble } from './guard-health.tsx';
import { LiveRun } from './live-run.tsx';

const INCIDENTS_SHOWN = 5;
const ENDED_SHOWN = 12;
const ENDED_MORE = 50;

export function OverviewPage() {
  useTitle('Overview');
  const living = useActiveRuns();
  const runs = useRunPages();
  const incidents = useIncidentPages();
  const failed = [living, runs].find(({ data, error }) => error && !data);
  if (failed?.error) return <Failed error={failed.error} retry={() => void failed.refetch()} />;
  if (!living.data || !runs.data) return <Loading what="the runs" />;
  const active = living.data.toSorted(bySuspicion);
  const alive = new Set(active.map(({ run_id }) => run_id));
  const listed = runs.data.pages.flatMap(({ items }) => items);
  const rest = listed.filter(({ state, run_id }) => state !== 'active' && !alive.has(run_id));
  const isEmpty = active.length + listed.length === 0;
  const recent = incidents.data?.pages[0]?.items ?? [];
  return (
    <>
      <h1>{summary(active, recent)}</h1>
      <GuardTrouble />
      {isEmpty ? <FirstRun /> : null}
      <div className="columns">
        <div className="column">
          <Live runs={active} hasHistory={listed.length > 0} />
          <Happened incidents={recent} isKnown={incidents.data !== undefined && !isEmpty} />
        </div>
        <div className="column">
          <Ended runs={rest} older={runs.hasNextPage ? runs.fetchNextPage : null} />
          <GuardHealth />
        </div>
      </div>
    </>
  );
}

/** What is suspected comes first, otherwise the newest. */
const bySuspicion = (a: Run, b: Run): number =>
  Number(b.incident_id !== null) - Number(a.incident_id !== null);

/** The one sentence that is read first. */
function summary(active: readonly Run[], incidents: readonly Incident[]): string {
  const suspected = active.filter(({ incident_id }) => incident_id !== null).length;
  const unanswered = incidents.filter(({ verdict }) => verdict === null).length;
  const running =
    active.length === 0
      ? 'Nothing is running'
      : `${count(active.length, 'run')} ${active.length === 1 ? 'is' : 'are'} live`;
  const wellness =
    active.length === 0
      ? ''
      : suspected === 0
        ? ', nothing suspicious'
        : `, ${suspected} suspected`;
  const open = unanswered === 0 ? '' : `; ${count(unanswered, 'recent incident')} to look at`;
  return `${running}${wellness}${open}`;
}

function FirstRun() {
  return (
    <Empty title="Nothing has run here yet">
      <p>Put this in front of any command, and it appears here while it runs:</p>
      <Typed command="flowforge run -- your-command --with its arguments" />
      <p>Or see a runaway being stopped, in half a minute:</p>
      <Typed command="flowforge demo" />
    </Empty>
  );
}

function Live({
  runs,
  hasHistory,
}: {
  readonly runs: readonly Run[];
  readonly hasHistory: boolean;
}) {
  if (runs.length === 0 && !hasHistory) return null;
  return (
    <section aria-labelledby="live">
      <h2 id="live">Running now</h2>
      {runs.length === 0 ? (
        <p className="quiet">
          No run is active. The next <code>flowforge run</code> that shares this database appears by
          itself.
        </p>
      ) : (
        <ul className="cards">
          {runs.map((run) => (
            <LiveRun key={run.run_id} run={run} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Happened({
  incidents,
  isKnown,
}: {
  readonly incidents: readonly Incident[];
  readonly isKnown: boolean;
}) {
  const nameOf = useRunNames();
  if (!isKnown && incidents.length === 0) return null;
  return (
    <section aria-labelledby="happened">
      <h2 id="happened">What happened</h2>
      {incidents.length === 0 ? (
        <p className="quiet">No incidents. FlowForge has had no reason to act or to warn.</p>
      ) : (
        <>
          <ul className="rows">
            {incidents.slice(0, INCIDENTS_SHOWN).map((incident) => (
              <li key={incident.incident_id}>
                <Link href={`/incidents/${incident.incident_id}`} data-row className="row">
                  <span className="row-head">
                    <strong>
                      {incident.title}: <SafeText text={nameOf(incident.run_id)} />
                    </strong>
                    <IncidentBadge incident={incident} />
                  </span>
                  <span className="row-text">{incident.reason}</span>
                  <span className="row-end">
                    {reasonInWords(incident.exit_reason)} · <Ago at={incident.opened_at} />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          <p>
            <Link href="/incidents">All incidents</Link> · <Link href="/timeline">Timeline</Link>
          </p>
        </>
      )}
    </section>
  );
}

function Ended({
  runs,
  older,
}: {
  readonly runs: readonly Run[];
  /** Reads on, where there are more than these. */
  readonly older: (() => Promise<unknown>) | null;
}) {
  const [most, setMost] = useState(ENDED_SHOWN);
  const showMore = (): void => {
    setMost(most + ENDED_MORE);
    if (most + ENDED_MORE > runs.length) void older?.();
  };
  if (runs.length === 0 && !older) return null;
  return (
    <section aria-labelledby="ended">
      <h2 id="ended">Ended</h2>
      <Scroll label="Runs that have ended">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">How</th>
              <th scope="col" className="num ample">
                Took
              </th>
              <th scope="col" className="num roomy">
                CPU used, peak
              </th>
              <th scope="col" className="num">
                Started
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, most).map((run) => (
              <tr key={run.run_id}>
                <th scope="row">
                  <Link href={`/runs/${run.run_id}`} data-row className="cut">
                    <SafeText text={runName(run)} />
                  </Link>
                </th>
                <td>
                  <RunBadge run={run} />
                </td>
                <td className="num ample">
                  {run.duration_ms === null ? '–' : duration(run.duration_ms)}
                </td>
                <td className="num roomy">
                  {run.cpu_peak_percent > 0 ? `${Math.round(run.cpu_peak_percent)} %` : '–'}
                </td>
                <td className="num">
                  <Ago at={run.started_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {runs.length > most || older ? (
        <button type="button" className="small" onClick={showMore}>
          Older runs
        </button>
      ) : null}
    </section>
  );
}
