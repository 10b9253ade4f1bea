// Why FlowForge acted or warned: the lines, the numbers, what each of them was worth, how it came to it.

import type { Incident } from '../../../../src/contract/incident.ts';
import type { Run } from '../../../../src/contract/run.ts';
import { SafeText } from '../../ui/text.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { bytes, duration, figure, percent } from '../../ui/units.ts';
import type { Contribution, Decision } from '../../wire/facts.ts';
import { indicatorInWords, ruleInWords, suppressionInWords } from './words.ts';

export function Why({
  incident,
  run,
  decision,
  decisions,
}: {
  readonly incident: Incident;
  readonly run: Run | null;
  readonly decision: Decision | null;
  readonly decisions: readonly Decision[];
}) {
  if (!decision) {
    return (
      <section aria-labelledby="why">
        <h2 id="why">Why</h2>
        <p>No rule was involved: {incident.reason}.</p>
      </section>
    );
  }
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why</h2>
      <p>
        The rule <code>{decision.ruleId}</code> looks for runs where {ruleInWords(decision.ruleId)}.
      </p>
      {decision.sampleLines.length > 0 ? (
        <figure className="evidence">
          <figcaption>{repeatsInWords(decision)}</figcaption>
          <pre>
            {decision.sampleLines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: equal lines may stand here twice
              <div key={index}>
                <SafeText text={line} />
              </div>
            ))}
          </pre>
        </figure>
      ) : null}
      <Numbers numbers={decision.numbers} />
      <Scores incident={incident} run={run} />
      <Contributions contributions={decision.contributions} />
      <Steps decisions={decisions} />
    </section>
  );
}

function repeatsInWords({ numbers: { periodLines, repeats }, sampleLines }: Decision): string {
  if (repeats === undefined) return 'What it printed';
  if (periodLines === undefined || periodLines <= 1)
    return `This line, ${figure(repeats)} times over`;
  const shown = periodLines > sampleLines.length ? ` (${sampleLines.length} of them)` : '';
  return `These ${figure(periodLines)} lines in turn${shown}, ${figure(repeats)} times over`;
}

const NUMBERS: Readonly<Record<string, readonly [label: string, show: (value: number) => string]>> =
  {
    staleMs: ['nothing new for', duration],
    linesPerSecond: ['lines', (value) => `${figure(value)} /s`],
    bytesPerSecond: ['rate', (value) => `${bytes(value)}/s`],
    demandPercent: ['CPU wanted', (value) => `${percent(value)} of a core`],
    rssBytes: ['memory', bytes],
    processCount: ['processes', figure],
    failingPercent: ['lines that speak of failure', percent],
    rounds: ['rounds', figure],
    lastedMs: ['lasted', duration],
    idleMs: ['idle for', duration],
    spinMs: ['spun for', duration],
    remainingMs: ['until memory is exhausted', duration],
    grownBytes: ['grown by', bytes],
    grownMs: ['within', duration],
    outputBytes: ['printed in all', bytes],
    diskFreeShare: ['disk free', (value) => percent(100 * value)],
    fdCount: ['open handles', figure],
    fdLimit: ['of at most', figure],
    birthsPerSecond: ['new processes', (value) => `${figure(value)} /s`],
    doublingMs: ['doubling in', duration],
    repeats: ['repeats', figure],
    periodLines: ['lines in a turn', figure],
    'run time': ['run time', duration],
    'CPU time': ['CPU time', duration],
  };

function Numbers({ numbers }: { readonly numbers: Readonly<Record<string, number>> }) {
  const known = Object.entries(numbers).flatMap(([name, value]) => {
    const [label, show] = NUMBERS[name] ?? [name, figure];
    return value < 0 ? [] : [[label, show(value)] as const];
  });
  if (known.length === 0) return null;
  return (
    <dl className="facts">
      {known.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The scores against what the run's policy says is too much. */
function Scores({ incident, run }: { readonly incident: Incident; readonly run: Run | null }) {
  const { cpu_score, entropy_score, confidence_score } = incident;
  if (cpu_score === null || entropy_score === null || confidence_score === null) return null;
  return (
    <dl className="scores">
      <Score
        name="Confidence"
        value={confidence_score}
        meaning={`how sure it is a runaway${thresholds(run)}`}
      />
      <Score
        name="CPU score"
        value={cpu_score}
        meaning={`CPU wanted against the limit${limit(run)}`}
      />
      <Score
        name="Entropy score"
        value={entropy_score}
        meaning="new output: 0 the same again and again, 100 all new"
      />
    </dl>
  );
}

const thresholds = (run: Run | null): string =>
  run === null || run.alert_at === null || run.stop_at === null
    ? ''
    : `: warns at ${figure(run.alert_at)}, stops at ${figure(run.stop_at)}`;

const limit = (run: Run | null): string =>
  run === null || run.max_cpu_percent === null
    ? ''
    : ` of ${percent(run.max_cpu_percent)} of a core`;

function Score({
  name,
  value,
  meaning,
}: {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}) {
  return (
    <div>
      <dt>
        {name} <span className="quiet">{meaning}</span>
      </dt>
      <dd>
        <meter min={0} max={100} value={value} aria-label={name} />
        <span className="num">{figure(Math.round(value * 10) / 10)} of 100</span>
      </dd>
    </div>
  );
}

function Contributions({ contributions }: { readonly contributions: readonly Contribution[] }) {
  const told = contributions.filter(({ nats }) => Math.abs(nats) >= 0.005);
  if (told.length === 0) return null;
  const largest = Math.max(...told.map(({ nats }) => Math.abs(nats)));
  const sorted = told.toSorted((a, b) => b.nats - a.nats);
  return (
    <>
      <h3>What spoke for a runaway, what against it</h3>
      <ul className="contributions">
        {sorted.map(({ indicator, value, nats }) => (
          <li key={indicator} className={nats >= 0 ? 'for' : 'against'}>
            <span className="contribution-text">
              <span>{indicatorInWords(indicator)}</span>{' '}
              <span className="quiet">
                {indicator === 'base' ? '' : `measured ${figure(Math.round(value * 100) / 100)}`}
              </span>
            </span>
            <span className="contribution-bar" aria-hidden="true">
              <span style={{ width: `${(50 * Math.abs(nats)) / largest}%` }} />
            </span>
            <span className="num">
              <span className="unseen">{nats >= 0 ? 'for' : 'against'} </span>
              {nats >= 0 ? '+' : '−'}
              {Math.abs(nats).toFixed(1)}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet">
        In nats of evidence per second: the log of how much likelier a runaway makes what was
        measured. They add up; <a href="/ui/policy">the limits</a> say how much is enough.
      </p>
    </>
  );
}

/** How it came to it: each time the decision changed. */
function Steps({ decisions }: { readonly decisions: readonly Decision[] }) {
  if (decisions.length < 2) return null;
  return (
    <details open={decisions.length <= 8}>
      <summary>How it came to it, in {decisions.length} decisions</summary>
      <ol className="steps">
        {decisions.map(({ item, applied, intended, suppressedBy, reason }) => (
          <li key={item.event_id}>
            <ClockTime at={item.timestamp} /> <strong>{applied}</strong>
            {suppressedBy
              ? ` (wanted to ${intended}, but ${suppressionInWords(suppressedBy)})`
              : ''}
            {item.confidence_score === null
              ? ''
              : ` at confidence ${Math.round(item.confidence_score)}`}
            : <SafeText text={reason} />
          </li>
        ))}
      </ol>
    </details>
  );
}
