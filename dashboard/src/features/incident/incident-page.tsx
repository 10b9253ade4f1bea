// Why: the answer to "why was my job stopped", in the order in which one asks.

import { Link } from 'wouter';
import type { Incident } from '../../../../src/contract/incident.ts';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { plainText } from '../../ui/ansi.ts';
import { Chain } from '../../ui/chain.tsx';
import { commandLine, shortCommandLine } from '../../ui/command-line.ts';
import { firstRepeat, Lines, shapeOf } from '../../ui/lines.tsx';
import { CopyButton, Failed, Loading, SealedNotice } from '../../ui/notice.tsx';
import { Scroll } from '../../ui/scroll.tsx';
import { Badge, IncidentBadge, reasonInWords, runName, toneOfReason } from '../../ui/state.tsx';
import { SafeText } from '../../ui/text.tsx';
import { Ago } from '../../ui/time.tsx';
import { useTitle } from '../../ui/title.ts';
import { bytes, duration } from '../../ui/units.ts';
import type { ChainRead } from '../../wire/chain-read.ts';
import { decisionsOf, deedsOf, type Frozen, frozenOf, isSealed } from '../../wire/facts.ts';
import { useChain, useIncident, useRun } from '../../wire/queries.ts';
import { Answer } from './answer.tsx';
import { Deeds } from './deeds.tsx';
import { postMortem } from './post-mortem.ts';
import { Prevention } from './prevention.tsx';
import { verdictSentence } from './verdict.ts';
import { Why } from './why.tsx';
import { stateInWords } from './words.ts';

export function IncidentPage({ incidentId }: { readonly incidentId: string }) {
  const incident = useIncident(incidentId);
  const chain = useChain({ incident_id: incidentId });
  useTitle(incident.data?.title ?? 'Incident');
  if (incident.error && !incident.data) {
    return <Failed error={incident.error} retry={() => void incident.refetch()} />;
  }
  if (!incident.data || !chain.data) return <Loading what="the incident" />;
  return <Told incident={incident.data} read={chain.data} />;
}

function Told({ incident, read }: { readonly incident: Incident; readonly read: ChainRead }) {
  const chain = read.items;
  const { data: run } = useRun(incident.run_id ?? '');
  const decisions = decisionsOf(chain);
  const deeds = deedsOf(chain);
  const decisive = decisions.findLast(({ ruleId }) => ruleId !== null) ?? null;
  const frozen = frozenOf(chain);
  const name = run ? runName(run) : (incident.run_id ?? 'a run');
  return (
    <article className="incident">
      <p className="crumbs">
        <Link href="/incidents">Incidents</Link>
      </p>
      <header className="page-head">
        <h1>
          {incident.title}: <SafeText text={name} />
        </h1>
        <p className="badges">
          <Badge tone={toneOfReason(incident.exit_reason)}>
            {reasonInWords(incident.exit_reason)}
          </Badge>
          <IncidentBadge incident={incident} />
        </p>
      </header>
      <p className="verdict">
        <SafeText text={verdictSentence(incident, deeds)} />
      </p>
      <div className="of-run">
        <p className="quiet">
          <Ago at={incident.opened_at} />
          {run ? <RunLine run={run} /> : null}
        </p>
        <Share incident={incident} run={run ?? null} chain={chain} />
      </div>
      {isSealed(incident.reason, ...(run?.argv ?? [])) ? <SealedNotice /> : null}
      <Why incident={incident} run={run ?? null} decision={decisive} decisions={decisions} />
      <div className="halves">
        <Deeds deeds={deeds} isOpen={incident.status === 'open'} />
        <Answer incident={incident} />
      </div>
      <Prevention incident={incident} decision={decisive} profile={run?.profile ?? null} />
      {frozen ? <Before frozen={frozen} samples={decisive?.sampleLines ?? []} /> : null}
      <section aria-labelledby="chain">
        <h2 id="chain">Everything that was recorded</h2>
        <Chain of={read} />
      </section>
    </article>
  );
}

function RunLine({ run }: { readonly run: Run }) {
  return (
    <>
      {' · '}
      <Link href={`/runs/${run.run_id}`}>the run</Link> · profile {run.profile ?? 'unknown'},{' '}
      {run.rollout ?? 'unknown'} ·{' '}
      <code className="cut" title={plainText(commandLine(run.argv))}>
        <SafeText text={shortCommandLine(run.argv)} />
      </code>
    </>
  );
}

function Share({
  incident,
  run,
  chain,
}: {
  readonly incident: Incident;
  readonly run: Run | null;
  readonly chain: readonly TimelineItem[];
}) {
  const address = `${window.location.origin}/ui/incidents/${incident.incident_id}`;
  return (
    <p className="share">
      <CopyButton text={address} label="Copy the link" what="link" />{' '}
      <CopyButton
        text={postMortem(incident, run, chain)}
        label="Copy as Markdown"
        what="Markdown"
      />{' '}
      <a href={`/v1/timeline?incident_id=${incident.incident_id}&limit=500`}>JSON</a>
    </p>
  );
}

/** The tree and the last lines, as they were kept before anything was done to them. */
function Before({
  frozen,
  samples,
}: {
  readonly frozen: Frozen;
  readonly samples: readonly string[];
}) {
  const { members, lastLines } = frozen;
  const repeat = firstRepeat(lastLines);
  const shapes = new Set(samples.map(shapeOf));
  return (
    <section aria-labelledby="before">
      <h2 id="before">How it was just before</h2>
      <Scroll label="Processes of the tree">
        <table className="snug">
          <thead>
            <tr>
              <th scope="col" className="num">
                Pid
              </th>
              <th scope="col" className="num">
                Parent
              </th>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col" className="num">
                CPU time
              </th>
              <th scope="col" className="num">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map(({ pid, ppid, name, state, cpuMs, rssBytes }) => (
              <tr key={pid}>
                <td className="num">{pid}</td>
                <td className="num">{ppid}</td>
                <th scope="row">
                  <SafeText text={name} />
                </th>
                <td>{stateInWords(state)}</td>
                <td className="num">{duration(cpuMs)}</td>
                <td className="num">{bytes(rssBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <h3>The last {lastLines.length} lines</h3>
      {lastLines.length === 0 ? (
        <p className="quiet">It had printed nothing.</p>
      ) : (
        <Lines
          label="The last lines before it was stopped"
          jumpTo={repeat === null ? null : { index: repeat }}
          lines={lastLines.map((text, key) => ({
            key,
            text,
            number: key + 1,
            isMarked: shapes.has(shapeOf(text)),
          }))}
        />
      )}
    </section>
  );
}
