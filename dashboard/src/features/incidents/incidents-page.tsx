// Every incident, newest first: which are still to be looked at, of which kind, of which run.

import { Link, useSearchParams } from 'wouter';
import type { Incident } from '../../../../src/contract/incident.ts';
import { Empty, Failed, Loading, Typed } from '../../ui/notice.tsx';
import { useRunNames } from '../../ui/run-names.ts';
import { IncidentBadge, reasonInWords } from '../../ui/state.tsx';
import { SafeText } from '../../ui/text.tsx';
import { Ago } from '../../ui/time.tsx';
import { useTitle } from '../../ui/title.ts';
import { count } from '../../ui/units.ts';
import { useIncidentPages } from '../../wire/queries.ts';

const STATES = [
  ['', 'all'],
  ['unanswered', 'not answered yet'],
  ['open', 'open'],
  ['right', 'acknowledged'],
  ['false-alarm', 'false alarms'],
] as const;

export function IncidentsPage() {
  useTitle('Incidents');
  const pages = useIncidentPages();
  const nameOf = useRunNames();
  const [search, setSearch] = useSearchParams();
  const state = search.get('state') ?? '';
  const words = search.get('q') ?? '';
  const isGrouped = search.get('group') === 'cause';
  const set = (name: string, value: string): void =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  if (pages.error && !pages.data) {
    return <Failed error={pages.error} retry={() => void pages.refetch()} />;
  }
  if (!pages.data) return <Loading what="the incidents" />;
  const all = pages.data.pages.flatMap(({ items }) => items);
  const shown = all.filter((it) => isIn(it, state) && mentions(it, nameOf(it.run_id), words));
  return (
    <>
      <h1>Incidents</h1>
      <search className="filters">
        <label>
          State
          <select value={state} onChange={(event) => set('state', event.target.value)}>
            {STATES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="grow">
          Find
          <input
            data-filter
            type="search"
            value={words}
            placeholder="rule, run or words of the reason"
            onChange={(event) => set('q', event.target.value)}
          />
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={isGrouped}
            onChange={(event) => set('group', event.target.checked ? 'cause' : '')}
          />
          Group by cause
        </label>
      </search>
      {all.length === 0 ? <NoneYet /> : null}
      {all.length > 0 && shown.length === 0 ? (
        <Empty title="No incident fits the filter">
          <p>It hides {count(all.length, 'incident')}.</p>
          <button type="button" onClick={() => setSearch({}, { replace: true })}>
            Clear the filter
          </button>
        </Empty>
      ) : null}
      {isGrouped ? <Groups incidents={shown} /> : null}
      {!isGrouped && shown.length > 0 ? (
        <section aria-label="All that fit">
          <Rows incidents={shown} />
        </section>
      ) : null}
      {pages.hasNextPage ? (
        <button
          type="button"
          onClick={() => void pages.fetchNextPage()}
          disabled={pages.isFetchingNextPage}
        >
          Older incidents
        </button>
      ) : null}
    </>
  );
}

function NoneYet() {
  return (
    <Empty title="No incidents yet">
      <p>
        An incident is opened when a run loops, floods, leaks, forks without end, goes silent or
        breaks a limit, and whenever somebody stops one. None of this has happened here.
      </p>
      <p>To see one, with what FlowForge says of it:</p>
      <Typed command="flowforge demo" />
    </Empty>
  );
}

function Rows({ incidents }: { readonly incidents: readonly Incident[] }) {
  const nameOf = useRunNames();
  return (
    <ul className="rows">
      {incidents.map((incident) => (
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
              {reasonInWords(incident.exit_reason)}
              {incident.rule ? ` · ${incident.rule}` : ''} · <Ago at={incident.opened_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Groups({ incidents }: { readonly incidents: readonly Incident[] }) {
  const groups = new Map<string, Incident[]>();
  for (const incident of incidents) {
    const cause = incident.rule ?? reasonInWords(incident.exit_reason);
    groups.set(cause, [...(groups.get(cause) ?? []), incident]);
  }
  return [...groups].map(([cause, members]) => (
    <section key={cause} aria-label={cause}>
      <h2>
        {cause} <span className="quiet num">{members.length}</span>
      </h2>
      <Rows incidents={members} />
    </section>
  ));
}

function isIn({ status, verdict }: Incident, state: string): boolean {
  if (state === '') return true;
  if (state === 'unanswered') return verdict === null;
  return state === 'open' ? status === 'open' : verdict === state;
}

function mentions(incident: Incident, runName: string, words: string): boolean {
  const { title, reason, rule, exit_reason, run_id, incident_id } = incident;
  const text = [title, reason, rule, exit_reason, run_id, incident_id, runName]
    .join(' ')
    .toLowerCase();
  return text.includes(words.trim().toLowerCase());
}
