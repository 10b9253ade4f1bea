// The end of an attempt, and of the run unless it is to start again.

import type { EmptyProof } from '../event.ts';
import { describeExit, type ExitReason, isSuccess } from '../run.ts';
import type { Effect } from './effect.ts';
import type { Input } from './input.ts';
import { isOwn, ownOrder } from './order.ts';
import { grantRestart } from './restart-budget.ts';
import type { Conclusion, LifecycleState } from './state.ts';
import type { Surroundings, Transition } from './step.ts';

/** The tree is empty (or let go): the attempt is over, and the run with it unless it is wanted up. */
export function finishAttempt(
  state: LifecycleState,
  { proof }: { readonly proof: EmptyProof | null },
  around: Surroundings,
): Transition {
  const closing: Effect[] = [
    { type: 'disarm' },
    { type: 'complete', outcome: 'done', detail: 'the tree is empty', proof },
    { type: 'record-attempt-ended', proof },
  ];
  const [next, effects] = wantsRestart(state, around)
    ? restart(state, proof, around)
    : end(state, conclude(state, proof));
  return [next, [...closing, ...effects]];
}

/** Restarts are for failures and orders: never for a clean exit, nor against a person's stop. */
function wantsRestart(state: LifecycleState, { policy }: Surroundings): boolean {
  if (state.order) return state.wanted === 'up';
  const failed = state.leaderExit !== null && !isSuccess(state.leaderExit);
  return (
    failed && !state.interruptedBy && policy.restart.mode === 'on-failure' && !couldNotRun(state)
  );
}

function couldNotRun({ leaderExit }: LifecycleState): boolean {
  return leaderExit?.type === 'exited' && (leaderExit.code === 126 || leaderExit.code === 127);
}

function restart(
  state: LifecycleState,
  proof: EmptyProof | null,
  { now, random, policy }: Surroundings,
): Transition {
  const livedMs = now - (state.startedAt ?? now);
  const verdict = grantRestart(state.restarts, policy.restart, { now, random, livedMs });
  if (verdict.type === 'exhausted') {
    const reason = `${verdict.used} restarts within ${policy.restart.windowMs / 1000} s: the budget is used up`;
    const conclusion = { ...conclude(state, proof), reason };
    const [ended, effects] = end(state, {
      ...conclusion,
      exitReason: 'RESTART_BUDGET_EXHAUSTED',
    });
    const order = state.order ?? ownOrder(reason, 'RESTART_BUDGET_EXHAUSTED');
    return [ended, [{ type: 'note', action: 'RESTART_BLOCKED', order }, ...effects]];
  }
  // Backoff protects from FlowForge repeating itself, not from a person.
  const delayMs = state.order && !isOwn(state.order) ? 0 : verdict.delayMs;
  return [
    { ...state, phase: 'waiting', wanted: 'up', restarts: verdict.ledger },
    [
      { type: 'record-restart', delayMs, used: verdict.used },
      { type: 'arm', durationMs: delayMs },
    ],
  ];
}

/** A command that could not be started is not tried again. */
export function failToStart(
  state: LifecycleState,
  input: Extract<Input, { type: 'spawn-failed' }>,
): Transition {
  const conclusion: Conclusion = {
    exitReason: 'COMMAND_FAILURE',
    exit: null,
    order: null,
    reason: input.message,
    proof: null,
    startFailure: input.failure,
  };
  const [ended, effects] = end(state, conclusion);
  const { failure, message } = input;
  return [ended, [{ type: 'record-attempt-failed', failure, message }, ...effects]];
}

/** The tree did not become empty in time: said as it is, never as stopped. */
export function giveUp(state: LifecycleState): Transition {
  const closing: Effect[] = [
    { type: 'complete', outcome: 'failed', detail: 'the tree could not be emptied', proof: null },
    { type: 'record-attempt-ended', proof: null },
  ];
  const [ended, effects] = end(state, conclude(state, null));
  return [ended, [...closing, ...effects]];
}

/** The run is over. */
export function end(state: LifecycleState, conclusion: Conclusion): Transition {
  return [
    { ...state, phase: 'ended', wanted: 'down', conclusion },
    [{ type: 'disarm' }, { type: 'conclude', conclusion }],
  ];
}

/** How the run will be said to have ended, as things stand. */
export function conclude(state: LifecycleState, proof: EmptyProof | null): Conclusion {
  const { order, leaderExit: exit } = state;
  const base = { exit, order, proof, startFailure: null };
  if (order) return { ...base, exitReason: order.exitReason, reason: order.reason };
  const { interruptedBy } = state;
  if (interruptedBy && !(exit && isSuccess(exit))) {
    const { exitReason, reason } = interruptedBy;
    return { ...base, order: interruptedBy, exitReason, reason };
  }
  if (exit === null) {
    return { ...base, exitReason: 'EXTERNAL_KILL', reason: 'its end was not seen' };
  }
  return { ...base, exitReason: ownExitReason(exit), reason: describeExit(exit) };
}

function ownExitReason(exit: NonNullable<LifecycleState['leaderExit']>): ExitReason {
  if (isSuccess(exit)) return 'COMPLETED';
  // Nobody here sent it: another process did, or the kernel for want of memory.
  if (exit.type === 'signaled' && exit.signal === 'SIGKILL') return 'EXTERNAL_KILL';
  return 'COMMAND_FAILURE';
}
