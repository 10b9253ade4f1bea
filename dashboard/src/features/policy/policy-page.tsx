// The policy in force: every setting with its value, and where that value came from.

import { useSearchParams } from 'wouter';
import type { Policy } from '../../../../src/contract/policy.ts';
import { Empty, Failed, Loading, Typed } from '../../ui/notice.tsx';
import { useTitle } from '../../ui/title.ts';
import { usePolicy } from '../../wire/queries.ts';

export function PolicyPage() {
  useTitle('Policy');
  const { data, error, refetch } = usePolicy();
  const [search, setSearch] = useSearchParams();
  const words = (search.get('q') ?? '').toLowerCase();
  const onlyChosen = search.get('chosen') === '1';
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
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the policy" />;
  const shown = data.settings.filter(
    ({ key, value, about, from }) =>
      `${key} ${value} ${about}`.toLowerCase().includes(words) &&
      !(onlyChosen && from === 'default'),
  );
  return (
    <>
      <h1>Policy</h1>
      <p className="lead">
        What holds for runs started where this page is served from, unless their own flags say
        otherwise. The strongest of flag, variable, file, profile and default wins.
      </p>
      <search className="filters">
        <label className="grow">
          Find
          <input
            data-filter
            type="search"
            value={search.get('q') ?? ''}
            placeholder="setting or what it does"
            onChange={(event) => set('q', event.target.value)}
          />
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={onlyChosen}
            onChange={(event) => set('chosen', event.target.checked ? '1' : '')}
          />
          Only what somebody chose
        </label>
      </search>
      {shown.length === 0 ? (
        <Empty
          title={
            onlyChosen && words === ''
              ? 'Everything is at its default'
              : 'No setting fits the filter'
          }
        >
          <p>To change one for every run, write it into a file; to see all that can be written:</p>
          <Typed command="flowforge config --origin" />
          <button type="button" onClick={() => setSearch({}, { replace: true })}>
            Show all settings
          </button>
        </Empty>
      ) : (
        <Groups settings={shown} />
      )}
    </>
  );
}

function Groups({ settings }: { readonly settings: Policy['settings'] }) {
  const groups = [...new Set(settings.map(({ group }) => group))];
  return groups.map((group) => (
    <section key={group} aria-label={group}>
      <h2>{group}</h2>
      <dl className="settings">
        {settings
          .filter((it) => it.group === group)
          .map(({ key, value, about, from, where }) => (
            <div key={key} className={from === 'default' ? undefined : 'chosen'}>
              <dt>
                <code>{key}</code>
              </dt>
              <dd>
                <span className="setting-value">{value === '' ? '–' : value}</span>
                <span className="quiet setting-about">{about}</span>
                <span className="setting-where">
                  {from === 'default' ? 'default' : `from ${where}`}
                </span>
              </dd>
            </div>
          ))}
      </dl>
    </section>
  ));
}
