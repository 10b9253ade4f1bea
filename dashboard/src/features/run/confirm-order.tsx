// Asks once more, says what will happen, and takes the reason for the record.

import { type FormEvent, useRef, useState } from 'react';
import type { OrderAnswer } from '../../../../src/contract/order.ts';
import type { Run } from '../../../../src/contract/run.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { runName } from '../../ui/state.tsx';
import { post, WireError } from '../../wire/client.ts';
import { type Operation, orderOf } from './orders.ts';

export function ConfirmOrder({
  run,
  operation,
  onClose,
  onGiven,
}: {
  readonly run: Run;
  readonly operation: Operation;
  readonly onClose: () => void;
  readonly onGiven: (answer: OrderAnswer) => void;
}) {
  const { label, consequence } = orderOf(operation);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  // Pressed twice, or sent again after a lost answer, it is still one order, to the attempt that was looked at.
  const order = useRef({ key: newKey(), attempt: run.attempt });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const said = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    const body = {
      reason: said === '' ? `${operation} from the dashboard` : said,
      expected_attempt: order.current.attempt,
    };
    setBusy(true);
    post<OrderAnswer>(`/v1/runs/${encodeURIComponent(run.run_id)}/${operation}`, body, {
      'Idempotency-Key': order.current.key,
    })
      .then(onGiven, (error: unknown) => setTrouble(wordsFor(error)))
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title={`${label} ${runName(run)}?`} onClose={onClose}>
      <p>{consequence}</p>
      <form onSubmit={submit} className="stack">
        <label htmlFor="reason">Why (for the record)</label>
        <input id="reason" name="reason" maxLength={1000} autoComplete="off" />
        {trouble ? (
          <p role="alert" className="trouble">
            {trouble}
          </p>
        ) : null}
        <div className="buttons">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button
            type="submit"
            className={operation === 'stop' ? 'danger' : 'primary'}
            disabled={isBusy}
          >
            {isBusy ? 'Recording…' : label}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

function wordsFor(error: unknown): string {
  if (!(error instanceof WireError))
    return 'Something unexpected happened; look at the run before you try again.';
  if (error.status === 0)
    return 'No answer came. It is not known whether the order arrived; trying again does not give it twice.';
  return error.problem ? `${error.message}. ${error.problem.hint}` : error.message;
}
