// Whether the guard itself is well: the evidence is being kept, the readings are on time.

import { Hint, sentence } from '../../ui/notice.tsx';
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

/** Says over the page what is wrong with the guard, and what to do; nothing while all is well. */
export function GuardTrouble() {
  const { data } = useReadiness();
  const checks = Object.entries(data?.checks ?? {}).filter(([, { state }]) => state !== 'ok');
  return checks.map(([name, { state, detail, hint }]) => (
    <div key={name} className={state === 'fail' ? 'banner bad' : 'banner'} role="alert">
      <p>
        <strong>
          {STATES[state][1]} {NAMES[name] ?? name}
          {state === 'fail' ? ' failed' : ''}:
        </strong>{' '}
        {detail}. {hint ? <Hint text={sentence(hint)} /> : null}
      </p>
    </div>
  ));
}

export function GuardHealth() {
  const { data } = useReadiness();
  if (!data) return null;
  const checks = Object.entries(data.checks);
  return (
    <section aria-labelledby="guard">
      <h2 id="guard">The guard itself</h2>
      <ul className="checks">
        {checks.map(([name, { state, detail }]) => {
          const [tone, mark, word] = STATES[state];
          return (
            <li key={name} className={tone}>
              <span aria-hidden="true">{mark}</span> <strong>{NAMES[name] ?? name}</strong> {word}
              {state === 'ok' && detail ? `: ${detail}` : ''}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
