// What was done about it, by whom, with which signals, and whether it worked.

import { SafeText } from '../../ui/text.tsx';
import { ClockTime } from '../../ui/time.tsx';
import type { Deed } from '../../wire/facts.ts';
import { outcomeSentence } from './verdict.ts';
import { actorInWords, deedInWords } from './words.ts';

export function Deeds({
  deeds,
  isOpen,
}: {
  readonly deeds: readonly Deed[];
  readonly isOpen: boolean;
}) {
  return (
    <section aria-labelledby="deeds">
      <h2 id="deeds">What was done</h2>
      {deeds.length === 0 ? (
        <p>Nothing{isOpen ? ' so far' : ''}: FlowForge recorded it and left the run alone.</p>
      ) : (
        <ol className="deeds">
          {deeds.map((deed) => (
            <li key={deed.intentId}>
              <p>
                <ClockTime at={deed.at} /> <strong>{actorInWords(deed.actor)}</strong>{' '}
                {deedInWords(deed.action)} <code>{deed.action}</code>
              </p>
              <p>
                <SafeText text={deed.reason} />
              </p>
              <p className={deed.outcome && deed.outcome.word !== 'done' ? 'trouble' : undefined}>
                <SafeText text={outcomeSentence(deed)} />
              </p>
              <Signals deed={deed} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Signals({ deed }: { readonly deed: Deed }) {
  const signals = deed.outcome?.signals ?? [];
  if (signals.length === 0) return null;
  const bySignal = new Map<string, number[]>();
  for (const { signal, pid, result } of signals) {
    const key = result === 'sent' ? signal : `${signal} (${result})`;
    bySignal.set(key, [...(bySignal.get(key) ?? []), pid]);
  }
  return (
    <p className="quiet">
      Signals:{' '}
      {[...bySignal].map(([signal, pids]) => `${signal} to ${pids.join(', ')}`).join(' · ')}
    </p>
  );
}
