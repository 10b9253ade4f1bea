// Whether the guard itself is well: the evidence is being kept, the readings are on time.

import { useReadiness } from '../../wire/queries.ts';

const NAMES: Readonly<Record<string, string>> = {
  database: 'Database',
  disk: 'Disk',
  chain: 'Chain of evidence',
  sampler: 'Readings',
  place: 'Place of the evidence',
};

/** How a check stands: its class, a mark that does without colour, and the word. */
const STATES = {
  ok: ['good', '●', 'ok'],
  warn: ['warn', '▲', 'warning'],
  fail: ['bad', '■', 'failed'],
} as const;

export function GuardHealth() {
  const { data } = useReadiness();
  if (!data) return null;
  const checks = Object.entries(data.checks);
  return (
    <section aria-labelledby="guard">
      <h2 id="guard">The guard itself</h2>
      <ul className="checks">
        {checks.map(([name, { state, detail, hint }]) => {
          const [tone, mark, word] = STATES[state];
          return (
            <li key={name} className={tone}>
              <span aria-hidden="true">{mark}</span> <strong>{NAMES[name] ?? name}</strong> {word}
              {detail ? `: ${detail}` : ''}
              {hint ? <span className="quiet"> · {hint}</span> : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
