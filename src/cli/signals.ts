// Signals sent to FlowForge while it guards a run: what a person types goes to the tree, what ends us ends the tree.

import { readFileSync } from 'node:fs';
import { hiddenIgnoredSignals } from '../compose/inherited.ts';
import type { Input } from '../core/lifecycle/input.ts';
import { type Order, stopAudit } from '../core/lifecycle/order.ts';
import { LIMITS } from '../core/limits.ts';
import type { Signal } from '../core/run.ts';
import type { Clock } from '../ports.ts';

/** Typed at a terminal: the command may well handle them and go on. */
const INTERRUPTS = ['SIGINT', 'SIGQUIT'] as const;
/** Sent to end us: the tree is stopped with the same signal. */
const TERMINATIONS = ['SIGTERM', 'SIGHUP'] as const;
/** Of the command's own making; passed on as they are. */
const MESSAGES = ['SIGUSR1', 'SIGUSR2'] as const;

const NUMBERS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
} as const;

/** A run as far as signals go. */
export interface Signalled {
  post(input: Input): void;
  /** Stops the tree, and us with it. */
  suspend(): void;
  continue(): void;
}

/** Turns signals into inputs until the returned function is called. Signals that were ignored at our start stay ignored. */
export function listenToSignals(clock: Clock, run: Signalled): () => void {
  const post = (input: Input): void => run.post(input);
  const listeners = new Map<Signal, () => void>();
  let lastInterruptAt = Number.NEGATIVE_INFINITY;

  const onInterrupt = (signal: Signal): void => {
    const isInsisting = clock.monotonic() - lastInterruptAt < LIMITS.insistWithinMs;
    lastInterruptAt = clock.monotonic();
    if (!isInsisting) {
      post({ type: 'interrupt', order: orderOf(signal) });
      return;
    }
    // Twice within a moment is meant: ordered to stop, and ordered again, which forces it.
    post({ type: 'stop', order: orderOf(signal) });
    post({ type: 'stop', order: orderOf(signal) });
  };
  for (const signal of INTERRUPTS) listeners.set(signal, () => onInterrupt(signal));
  for (const signal of TERMINATIONS) {
    listeners.set(signal, () => post({ type: 'stop', order: orderOf(signal) }));
  }
  for (const signal of MESSAGES) {
    listeners.set(signal, () => post({ type: 'forward', signal }));
  }
  listeners.set('SIGTSTP', () => run.suspend());
  listeners.set('SIGCONT', () => run.continue());
  // Node has made them deadly again.
  for (const signal of ignoredSignals()) listeners.set(signal, () => {});
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

function orderOf(signal: Signal): Order {
  return {
    actor: 'operator',
    reason: `${signal} to FlowForge`,
    exitReason: 'USER_TERMINATED',
    incidentId: null,
    requestId: null,
    signal,
    audit: { ask: 'TERMINATE', force: stopAudit('operator').force },
  };
}

/** `nohup` and background shells start us with signals ignored; they were not meant for the command either. */
function ignoredSignals(): Signal[] {
  const bits = ignoredSignalMask();
  return (Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]).filter(
    (name) => (bits >> BigInt(NUMBERS[name] - 1)) & 1n,
  );
}

/** Signals that we were started with ignored and that a command shall ignore as well: bit n-1 for signal n. */
export function ignoredSignalMask(): bigint {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readSelfStatus())?.[1];
  const inherited = Object.values(NUMBERS).reduce(
    (bits, number) => bits | (1n << BigInt(number - 1)),
    0n,
  );
  return ((mask === undefined ? 0n : BigInt(`0x${mask}`)) | hiddenIgnoredSignals()) & inherited;
}

function readSelfStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
