// A person's answer to an incident: right, or a false alarm, with a note for whoever comes next.

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import type { Incident } from '../../../../src/contract/incident.ts';
import { SafeText } from '../../ui/text.tsx';
import { post, WireError } from '../../wire/client.ts';
import { useSession } from '../../wire/session.ts';

type Verdict = 'right' | 'false-alarm';

export function Answer({ incident }: { readonly incident: Incident }) {
  const { mayAct, who } = useSession();
  const { isBusy, trouble, answer } = useAnswer(incident.incident_id);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const chosen = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('value');
    const note = String(new FormData(event.currentTarget).get('note') ?? '');
    if (chosen === 'right' || chosen === 'false-alarm') answer(chosen, note);
  };
  return (
    <section aria-labelledby="answer">
      <h2 id="answer">Your answer</h2>
      {incident.verdict ? (
        <p role="status">
          {incident.verdict === 'right'
            ? 'Acknowledged: FlowForge was right.'
            : 'Called a false alarm.'}{' '}
          {incident.note ? <SafeText text={incident.note} /> : null}
        </p>
      ) : (
        <p className="quiet">Nobody has said yet whether this was right.</p>
      )}
      {mayAct ? (
        <form onSubmit={submit} className="answer">
          <label>
            Note
            <input name="note" maxLength={1000} placeholder="what it was, for whoever comes next" />
          </label>
          <button type="submit" value="right" disabled={isBusy}>
            Acknowledge: it was right
          </button>
          <button type="submit" value="false-alarm" disabled={isBusy}>
            It was a false alarm
          </button>
        </form>
      ) : (
        <p>
          {who ? 'Your key may only read. ' : ''}
          <Link href={`/sign-in?back=/incidents/${incident.incident_id}`}>Sign in</Link> with a key
          that may act to answer it.
        </p>
      )}
      {trouble ? (
        <p role="alert" className="trouble">
          {trouble}
        </p>
      ) : null}
    </section>
  );
}

function useAnswer(incidentId: string) {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const answer = (verdict: Verdict, note: string): void => {
    setBusy(true);
    setTrouble(null);
    post(`/v1/incidents/${encodeURIComponent(incidentId)}/answer`, { verdict, note })
      .then(() => client.invalidateQueries())
      .catch((error: unknown) => {
        setTrouble(error instanceof WireError ? error.message : 'It could not be recorded.');
      })
      .finally(() => setBusy(false));
  };
  return { isBusy, trouble, answer };
}
