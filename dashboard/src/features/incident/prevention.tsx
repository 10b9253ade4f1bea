// What to write down so that it goes better next time, and what it would have cost to let it be.

import type { Incident } from '../../../../src/contract/incident.ts';
import { CopyButton } from '../../ui/notice.tsx';
import { bytes, count, figure } from '../../ui/units.ts';
import type { Decision } from '../../wire/facts.ts';
import { usePolicy } from '../../wire/queries.ts';
import { type Advice, earlierFor, exceptionFor } from './advice.ts';

export function Prevention({
  incident,
  decision,
  profile,
}: {
  readonly incident: Incident;
  readonly decision: Decision | null;
  /** The profile the run had; what it had already is no advice. */
  readonly profile: string | null;
}) {
  const isFalse = incident.verdict === 'false-alarm';
  const isNew = ({ setting }: Advice): boolean => setting !== `profile: ${profile}`;
  const exceptions = exceptionFor({
    rule: incident.rule,
    mayStop: useMayStop(),
    numbers: decision?.numbers ?? {},
  }).filter(isNew);
  const earlier = isFalse ? [] : earlierFor(incident.rule).filter(isNew);
  if (exceptions.length + earlier.length === 0) return null;
  return (
    <section aria-labelledby="next-time">
      <h2 id="next-time">Next time</h2>
      {decision ? <Otherwise decision={decision} /> : null}
      <p>
        {isFalse ? 'It was a false alarm. ' : ''}What to write into <code>flowforge.yaml</code>,
        whichever fits:
      </p>
      <div className="advices">
        <Advices of={exceptions} />
        <Advices of={earlier} />
      </div>
    </section>
  );
}

/** The rules that may stop a run where the API answers; null while that is not known. */
function useMayStop(): readonly string[] | null {
  const { data } = usePolicy();
  const setting = data?.settings.find(({ key }) => key === 'may-stop');
  if (!setting) return null;
  return setting.value === 'none' ? [] : setting.value.split(/,\s*/);
}

const HOUR_S = 3_600;

/** An hour more at the rates that were measured: arithmetic, and said to be. */
function Otherwise({ decision: { numbers } }: { readonly decision: Decision }) {
  const { demandPercent, linesPerSecond, bytesPerSecond } = numbers;
  const parts = [
    demandPercent === undefined ? null : count(demandPercent / 100, 'core-hour'),
    linesPerSecond === undefined ? null : `${figure(Math.round(linesPerSecond * HOUR_S))} lines`,
    bytesPerSecond === undefined ? null : `${bytes(bytesPerSecond * HOUR_S)} of output`,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return <p>Each hour more at the rates measured would have been {parts.join(' and ')}.</p>;
}

function Advices({ of }: { readonly of: readonly Advice[] }) {
  return of.map(({ when, setting }) => (
    <div key={setting} className="advice">
      <p>{when}:</p>
      <p className="typed">
        <code>{setting}</code>
        <CopyButton text={setting} label="Copy the setting" />
      </p>
    </div>
  ));
}
