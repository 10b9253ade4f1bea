// All that a lifecycle may ask the world to do. Carried out in order: what must be durable comes first.

import type { ActionOutcome, AuditAction, EmptyProof } from '../event.ts';
import type { Signal, SignalScope } from '../run.ts';
import type { Order } from './order.ts';
import type { Conclusion } from './state.ts';

export type Effect =
  | { readonly type: 'spawn' }
  | { readonly type: 'signal'; readonly signal: Signal; readonly scope: SignalScope }
  | { readonly type: 'kill' }
  /** Let go of the tree without touching it. */
  | { readonly type: 'release' }
  /** The one deadline is now so far away; a former one is forgotten. */
  | { readonly type: 'arm'; readonly durationMs: number }
  | { readonly type: 'disarm' }
  /** Keep the tree and the last output as evidence. */
  | { readonly type: 'freeze' }
  /** Record the intent, durably, before the effects that follow. */
  | { readonly type: 'intend'; readonly action: AuditAction; readonly order: Order }
  /** Record what became of the open intent. */
  | {
      readonly type: 'complete';
      readonly outcome: ActionOutcome;
      readonly detail: string;
      readonly proof: EmptyProof | null;
    }
  /** Record an order that was refused or noted without acting on the tree. */
  | { readonly type: 'note'; readonly action: AuditAction; readonly order: Order }
  | { readonly type: 'record-paused' }
  | { readonly type: 'record-resumed' }
  | { readonly type: 'record-attempt-failed'; readonly failure: string; readonly message: string }
  | { readonly type: 'record-attempt-ended'; readonly proof: EmptyProof | null }
  | { readonly type: 'record-restart'; readonly delayMs: number; readonly used: number }
  | { readonly type: 'conclude'; readonly conclusion: Conclusion };

/** The effects that are written down. */
export type WrittenEffect = Exclude<
  Effect,
  { type: 'spawn' | 'signal' | 'kill' | 'release' | 'arm' | 'disarm' | 'conclude' }
>;
