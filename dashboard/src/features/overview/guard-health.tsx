// Whether the guard itself is well: the evidence is being kept, the readings are on time.

import { useReadiness } from '../../wire/queries.ts';

const NAMES: Readonly<Record<string, string>> = {
  database: 'Database',
  disk: 'Disk',
  chain: 'Chain of evidence',
  sampler: 'Readings',
};

export function GuardHealth() {
  const { data } = useReadiness();
  if (!data) return null;
  const checks = Object.entries(data.checks);
  return (
    <section aria-labelledby="guard">
      <h2 id="guard">The guard itself</h2>
      <ul className="checks">
        {checks.map(([name, { state, detail, hint }]) => (
          <li key={name} className={state === 'ok' ? 'good' : 'bad'}>
            <span aria-hidden="true">{state === 'ok' ? '●' : '■'}</span>{' '}
            <strong>{NAMES[name] ?? name}</strong> {state === 'ok' ? 'ok' : 'failed'}
            {detail ? `: ${detail}` : ''}
            {hint ? <span className="quiet"> · {hint}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
