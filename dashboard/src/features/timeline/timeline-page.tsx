// What happened, newest first: filtered by what stands in the address, quiet hours folded, incidents kept together.

import { useSearchParams } from 'wouter';
import { Empty, Failed, Loading, Typed } from '../../ui/notice.tsx';
import { useRunNames } from '../../ui/run-names.ts';
import { useTitle } from '../../ui/title.ts';
import { count } from '../../ui/units.ts';
import { useTimelinePages } from '../../wire/queries.ts';
import { isFailure, matches, wordProblem } from './filter.ts';
import { fold } from './fold.ts';
import { Parts } from './parts.tsx';
import { instantOf, PERIODS } from './periods.ts';

const TYPES = ['incident', 'audit', 'decision', 'lifecycle'] as const;

export function TimelinePage() {
  useTitle('Timeline');
  const [search, setSearch] = useSearchParams();
  const type = TYPES.find((it) => it === search.get('type')) ?? '';
  const period = search.get('since') ?? '';
  const words = search.get('q') ?? '';
  const onlyFailures = search.get('failures') === '1';
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
  return (
    <>
      <h1>Timeline</h1>
      <search className="filters">
        <label>
          Kind
          <select value={type} onChange={(event) => set('type', event.target.value)}>
            <option value="">all</option>
            {TYPES.map((it) => (
              <option key={it}>{it}</option>
            ))}
          </select>
        </label>
        <label>
          Since
          <select value={period} onChange={(event) => set('since', event.target.value)}>
            {PERIODS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
            {PERIODS.some(([value]) => value === period) ? null : <option>{period}</option>}
          </select>
        </label>
        <label className="grow">
          Find
          <input
            data-filter
            type="search"
            value={words}
            placeholder="words, run, action:stop, rule:output-loop, /pattern/"
            aria-describedby={wordProblem(words) ? 'word-problem' : undefined}
            onChange={(event) => set('q', event.target.value)}
          />
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={onlyFailures}
            onChange={(event) => set('failures', event.target.checked ? '1' : '')}
          />
          Failures only
        </label>
      </search>
      {wordProblem(words) ? (
        <p id="word-problem" role="alert" className="trouble">
          {wordProblem(words)}
        </p>
      ) : null}
      <Listing
        type={type}
        period={period}
        words={words}
        onlyFailures={onlyFailures}
        clear={() => setSearch({}, { replace: true })}
      />
    </>
  );
}

interface Wanted {
  readonly type: string;
  readonly period: string;
  readonly words: string;
  readonly onlyFailures: boolean;
  readonly clear: () => void;
}

function Listing(wanted: Wanted) {
  const { type, period, words, onlyFailures, clear } = wanted;
  const pages = useTimelinePages({ type, since: instantOf(period) });
  const nameOf = useRunNames();
  if (pages.error && !pages.data) {
    return <Failed error={pages.error} retry={() => void pages.refetch()} />;
  }
  if (!pages.data) return <Loading what="the timeline" />;
  const all = pages.data.pages.flatMap(({ items }) => items);
  const shown = all.filter(
    (item) => matches(item, nameOf(item.run_id), words) && (!onlyFailures || isFailure(item)),
  );
  if (shown.length === 0 && !pages.hasNextPage) {
    return isFiltered(wanted) ? <NoneFit clear={clear} /> : <NothingYet />;
  }
  return (
    <>
      <p className="quiet" role="status">
        {count(shown.length, 'event')}
        {shown.length < all.length ? ` of ${all.length}` : ''}
        {pages.hasNextPage ? ' so far; older ones follow' : ''}
      </p>
      <Parts parts={fold(shown)} isOpen={isFiltered(wanted)} nameOf={nameOf} />
      <Older pages={pages} />
    </>
  );
}

const isFiltered = ({ type, period, words, onlyFailures }: Wanted): boolean =>
  type !== '' || period !== '' || words !== '' || onlyFailures;

function Older({ pages }: { readonly pages: ReturnType<typeof useTimelinePages> }) {
  if (!pages.hasNextPage) return null;
  const isBusy = pages.isFetchingNextPage;
  return (
    <button type="button" onClick={() => void pages.fetchNextPage()} disabled={isBusy}>
      {isBusy ? 'Reading…' : 'Older events'}
    </button>
  );
}

function NoneFit({ clear }: { readonly clear: () => void }) {
  return (
    <Empty title="Nothing fits the filter">
      <p>The filter hides every event there is.</p>
      <button type="button" onClick={clear}>
        Clear the filter
      </button>
    </Empty>
  );
}

function NothingYet() {
  return (
    <Empty title="Nothing has happened yet">
      <p>Every start, decision, action and end of a run is kept here. The first comes with:</p>
      <Typed command="flowforge run -- your-command" />
    </Empty>
  );
}
