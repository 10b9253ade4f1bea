// What one can do to a run. Each order is confirmed, recorded before it is carried out, and its outcome is told as
// it was, not as it was hoped.

import { useState } from 'react';
import { Link } from 'wouter';
import type { OrderAnswer } from '../../../../src/contract/order.ts';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { duration } from '../../ui/units.ts';
import { type Deed, deedsOf } from '../../wire/facts.ts';
import { useSession } from '../../wire/session.ts';
import { ConfirmOrder } from './confirm-order.tsx';
import { type Operation, ordersFor } from './orders.ts';

export function RunActions({
  run,
  chain,
}: {
  readonly run: Run;
  readonly chain: readonly TimelineItem[];
}) {
  const { who, mayAct } = useSession();
  const [asked, setAsked] = useState<Operation | null>(null);
  const [given, setGiven] = useState<OrderAnswer | null>(null);
  const offered = ordersFor(run);
  return (
    <section aria-label="What one can do" className="actions">
      {offered.length > 0 && mayAct
        ? offered.map(({ operation, label }) => (
            <button
              key={operation}
              type="button"
              className={operation === 'stop' ? 'danger' : undefined}
              onClick={() => setAsked(operation)}
            >
              {label}
            </button>
          ))
        : null}
      {offered.length > 0 && !mayAct ? (
        <p className="quiet">
          {who ? 'Your key may only read. ' : ''}
          <Link href={`/sign-in?back=/runs/${run.run_id}`}>Sign in</Link> with a key that may act to{' '}
          {offered.map(({ operation }) => operation).join(', ')} it.
        </p>
      ) : null}
      {asked ? (
        <ConfirmOrder
          run={run}
          operation={asked}
          onClose={() => setAsked(null)}
          onGiven={(answer) => {
            setGiven(answer);
            setAsked(null);
          }}
        />
      ) : null}
      {given ? <Outcome answer={given} deeds={deedsOf(chain)} /> : null}
    </section>
  );
}

/** What became of the order that was given here. */
function Outcome({
  answer,
  deeds,
}: {
  readonly answer: OrderAnswer;
  readonly deeds: readonly Deed[];
}) {
  const deed = deeds.find(({ requestId }) => requestId === answer.request_id);
  const outcome = deed?.outcome ?? null;
  const asked = answer.status.replace('_requested', '');
  return (
    <p className={outcome && outcome.word !== 'done' ? 'trouble' : 'told'} role="status">
      {outcome === null
        ? `The order to ${asked} is recorded; it is being carried out (${answer.lifecycle}).`
        : outcome.word === 'done'
          ? `Done: ${asked}, ${duration(outcome.durationMs)} after it began${outcome.detail ? `; ${outcome.detail}` : ''}.`
          : `The order to ${asked} came out as “${outcome.word}”${outcome.detail ? `: ${outcome.detail}` : ''}.`}
    </p>
  );
}
