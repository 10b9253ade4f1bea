// Intents and their outcomes: what is about to be done is durable before it is done, what became of it after.

import type { ActionOutcome, AuditAction, EmptyProof, SignalSent } from '../core/event.ts';
import type { IncidentId, IntentId } from '../core/id.ts';
import type { Order } from '../core/lifecycle/order.ts';
import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { Clock, IdSource } from '../ports.ts';
import type { Recorder } from './recorder.ts';

interface OpenIntent {
  readonly id: IntentId;
  readonly action: AuditAction;
  readonly attempt: number;
  readonly incidentId: IncidentId | null;
  readonly at: MonotonicMs;
  readonly signals: SignalSent[];
}

export interface Outcome {
  readonly outcome: ActionOutcome;
  readonly detail: string;
  readonly proof: EmptyProof | null;
  readonly survivors: readonly number[];
}

export class Intents {
  readonly #recorder: Recorder;
  readonly #ids: IdSource;
  readonly #clock: Clock;
  #open: OpenIntent | null = null;

  constructor(recorder: Recorder, ids: IdSource, clock: Clock) {
    this.#recorder = recorder;
    this.#ids = ids;
    this.#clock = clock;
  }

  /** Records what is about to be done; durable when it returns, as far as the store can. */
  open(attempt: number, action: AuditAction, order: Order): void {
    const id = this.#ids.intentId();
    const { incidentId, actor, reason, requestId } = order;
    const at = this.#clock.monotonic();
    this.#open = { id, action, attempt, incidentId, at, signals: [] };
    const payload = { intentId: id, action, actor, reason, requestId };
    this.#recorder.record({ type: 'action.intended', payload }, attempt, incidentId);
  }

  /** Remembers signals for the outcome. */
  sent(signals: readonly SignalSent[]): void {
    const room = LIMITS.signalsRecordedMax - (this.#open?.signals.length ?? 0);
    this.#open?.signals.push(...signals.slice(0, Math.max(0, room)));
  }

  /** Records what became of the open intent; without one there is nothing to say. */
  close({ outcome, detail, proof, survivors }: Outcome): void {
    if (!this.#open) return;
    const { id, action, attempt, incidentId, at, signals } = this.#open;
    this.#open = null;
    const payload = {
      intentId: id,
      action,
      outcome,
      detail,
      signals,
      survivors,
      proof,
      durationMs: this.#clock.monotonic() - at,
    };
    this.#recorder.record({ type: 'action.completed', payload }, attempt, incidentId);
  }
}
