// Ways to end a tree: asked by an order, by its leader's exit, by the loss of its host; then by force.

import { LIMITS } from '../limits.ts';
import type { Effect } from './effect.ts';
import { finishAttempt } from './finishing.ts';
import type { Input } from './input.ts';
import { isOwn, type Order, ownOrder } from './order.ts';
import { grantRestart } from './restart-budget.ts';
import type { LifecycleState } from './state.ts';
import type { Surroundings, Transition } from './step.ts';

/** Time a tree may take to follow its leader before its leftovers are stopped. */
const SETTLE_MS = 150;

/** Begins to stop the attempt by order; afterwards the run is wanted as given. */
export function beginStop(wanted: 'up' | 'down') {
  return (
    state: LifecycleState,
    { order }: { order: Order },
    { policy }: Surroundings,
  ): Transition => [
    { ...state, phase: 'stopping', wanted, order },
    [
      { type: 'intend', action: order.audit.ask, order },
      { type: 'freeze' },
      ...ask(order.signal ?? policy.stop.signal, policy.stop.graceMs),
    ],
  ];
}

/** A person's restart beyond the budget is refused while the attempt still runs, not after it was stopped. */
export function beginRestart(
  state: LifecycleState,
  { order }: { order: Order },
  around: Surroundings,
): Transition {
  const livedMs = around.now - (state.startedAt ?? around.now);
  const verdict = grantRestart(state.restarts, around.policy.restart, { ...around, livedMs });
  if (verdict.type === 'exhausted' && !isOwn(order)) {
    return [state, [{ type: 'note', action: 'RESTART_BLOCKED', order }]];
  }
  return beginStop('up')(state, { order }, around);
}

/** The leader has exited: the rest of the tree gets a moment to follow. */
export function settle(
  state: LifecycleState,
  { exit }: Extract<Input, { type: 'leader-exited' }>,
): Transition {
  return [
    { ...state, phase: 'settling', leaderExit: exit },
    [{ type: 'arm', durationMs: SETTLE_MS }],
  ];
}

/** A stop that comes after the leader's own exit hurries the leftovers, but changes nothing about why it ended. */
export function hurryLeftovers(
  state: LifecycleState,
  input: Extract<Input, { type: 'stop' }>,
  around: Surroundings,
): Transition {
  const [next, effects] = stopLeftovers({ ...state, wanted: 'down' }, input, around);
  return [next, [{ type: 'note', action: input.order.audit.ask, order: input.order }, ...effects]];
}

/** What did not follow the leader is stopped, or let go where the policy leaves background processes alone. */
export function stopLeftovers(
  state: LifecycleState,
  _input: Input,
  around: Surroundings,
): Transition {
  const { stop } = around.policy;
  if (stop.leaveBackground) {
    const [next, effects] = finishAttempt(state, { proof: null }, around);
    return [next, [{ type: 'release' }, ...effects]];
  }
  const order = ownOrder('its leader has exited and left processes behind', 'COMPLETED');
  return [
    { ...state, phase: 'stopping' },
    [{ type: 'intend', action: order.audit.ask, order }, ...ask(stop.signal, stop.graceMs)],
  ];
}

/** A person who orders a stop twice means it; FlowForge repeating itself does not. */
export function insist(state: LifecycleState, { order }: { order: Order }): Transition {
  const unwanted: LifecycleState = { ...state, wanted: 'down' };
  return isOwn(order) ? [unwanted, []] : force(unwanted, order);
}

/** Asking has not helped: SIGKILL until nothing is left. */
export function force(state: LifecycleState, order: Order | null): Transition {
  const by = order ?? ownOrder('processes the leader left behind ignore the signal', 'COMPLETED');
  return [
    { ...state, phase: 'killing' },
    [
      {
        type: 'complete',
        outcome: 'failed',
        detail: 'still alive after the stop signal',
        proof: null,
      },
      ...killNow(by),
    ],
  ];
}

/** The means of supervision are gone: what is left of the tree is killed at once. */
export function loseHost(
  state: LifecycleState,
  { message }: Extract<Input, { type: 'host-lost' }>,
): Transition {
  const order = state.order ?? ownOrder(message, 'EXTERNAL_KILL');
  return [{ ...state, phase: 'killing', wanted: 'down', order }, killNow(order)];
}

function ask(signal: Order['signal'] & string, graceMs: number): Effect[] {
  return [
    { type: 'signal', signal, scope: 'tree' },
    // A stopped process acts on a signal only once it is continued.
    { type: 'signal', signal: 'SIGCONT', scope: 'tree' },
    { type: 'arm', durationMs: graceMs },
  ];
}

function killNow(order: Order): Effect[] {
  return [
    { type: 'intend', action: order.audit.force, order },
    { type: 'kill' },
    { type: 'arm', durationMs: LIMITS.emptyWaitMs },
  ];
}
