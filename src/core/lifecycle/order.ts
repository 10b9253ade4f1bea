// An order: who wants what done to a run, and why. The first stop order of an attempt wins for good.

import type { AuditAction } from '../event.ts';
import type { IncidentId } from '../id.ts';
import type { Actor, ExitReason, Signal } from '../run.ts';

export interface Order {
  readonly actor: Actor;
  readonly reason: string;
  /** What the run is said to have ended of if this order ends it. */
  readonly exitReason: ExitReason;
  readonly incidentId: IncidentId | null;
  readonly requestId: string | null;
  /** The signal that asks nicely; the policy's own where null. */
  readonly signal: Signal | null;
  /** How the audit calls the order, and its enforcement by SIGKILL. */
  readonly audit: { readonly ask: AuditAction; readonly force: AuditAction };
}

/** Whether FlowForge gave the order by itself. */
export const isOwn = (order: Order): boolean => order.actor === 'flowforge';

/** The audit words of an order to stop, by who gives it. */
export function stopAudit(actor: Actor): Order['audit'] {
  return actor === 'flowforge'
    ? { ask: 'AUTO_STOP', force: 'AUTO_KILL' }
    : { ask: 'STOP', force: 'KILL' };
}

/** An order FlowForge gives by itself. */
export function ownOrder(reason: string, exitReason: ExitReason): Order {
  return {
    actor: 'flowforge',
    reason,
    exitReason,
    incidentId: null,
    requestId: null,
    signal: null,
    audit: stopAudit('flowforge'),
  };
}
