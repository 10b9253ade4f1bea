// The table of the lifecycle: phase outside, input inside, and an explicit answer for every pair.
// Commands change what is wanted; the table turns the difference into effects.

import type { Effect } from './effect.ts';
import { conclude, end, failToStart, finishAttempt, giveUp } from './finishing.ts';
import type { Input, InputType } from './input.ts';
import type { Order } from './order.ts';
import type { LifecycleState, PhaseName } from './state.ts';
import type { Surroundings, Transition } from './step.ts';
import {
  beginRestart,
  beginStop,
  force,
  hurryLeftovers,
  insist,
  loseHost,
  settle,
  stopLeftovers,
} from './stopping.ts';

type Cell<T extends InputType> = (
  state: LifecycleState,
  input: Extract<Input, { type: T }>,
  around: Surroundings,
) => Transition;
type Row = { readonly [T in InputType]: Cell<T> };

/** Answers an input: the next state, and the effects to carry out in order. Total: every pair has a cell. */
export function transition(state: LifecycleState, input: Input, around: Surroundings): Transition {
  const cell = TABLE[state.phase][input.type] as Cell<InputType>;
  return cell(state, input, around);
}

const stay = (state: LifecycleState): Transition => [state, []];

/** An order that changes nothing any more is still noted in the audit. */
const note = (state: LifecycleState, { order }: { order: Order }): Transition => [
  state,
  [{ type: 'note', action: order.audit.ask, order }],
];

const NOTHING_TO_DO: Row = {
  start: stay,
  spawned: stay,
  'spawn-failed': stay,
  'leader-exited': stay,
  vacated: stay,
  emptied: stay,
  'host-lost': stay,
  stop: note,
  restart: note,
  pause: note,
  resume: note,
  interrupt: note,
  forward: stay,
  deadline: stay,
};

/** The whole table. A row names only what differs from doing nothing. */
export const TABLE: { readonly [P in PhaseName]: Row } = {
  idle: { ...NOTHING_TO_DO, start: spawn },

  starting: {
    ...NOTHING_TO_DO,
    spawned: (state) => [{ ...state, phase: 'running' }, []],
    'spawn-failed': failToStart,
    'leader-exited': settle,
    vacated: drain,
    emptied: finishAttempt,
    'host-lost': loseHost,
    stop: beginStop('down'),
    restart: beginRestart,
    // There is nobody yet who could decide what to make of it.
    interrupt: beginStop('down'),
  },

  running: {
    ...NOTHING_TO_DO,
    'leader-exited': settle,
    vacated: drain,
    emptied: finishAttempt,
    'host-lost': loseHost,
    stop: beginStop('down'),
    restart: beginRestart,
    interrupt,
    forward,
    pause: (state, { order }) => [
      { ...state, phase: 'paused' },
      [
        { type: 'intend', action: order.audit.ask, order },
        { type: 'signal', signal: 'SIGSTOP', scope: 'tree' },
        { type: 'record-paused' },
        { type: 'complete', outcome: 'done', detail: 'paused', proof: null },
      ],
    ],
  },

  paused: {
    ...NOTHING_TO_DO,
    'leader-exited': settle,
    vacated: drain,
    emptied: finishAttempt,
    'host-lost': loseHost,
    stop: beginStop('down'),
    restart: beginRestart,
    // A stopped tree cannot make anything of it, and whoever types it wants an end.
    interrupt: beginStop('down'),
    forward,
    resume: (state, { order }) => [
      { ...state, phase: 'running' },
      [
        { type: 'intend', action: order.audit.ask, order },
        { type: 'signal', signal: 'SIGCONT', scope: 'tree' },
        { type: 'record-resumed' },
        { type: 'complete', outcome: 'done', detail: 'resumed', proof: null },
      ],
    ],
  },

  settling: {
    ...NOTHING_TO_DO,
    vacated: drain,
    emptied: finishAttempt,
    'host-lost': loseHost,
    stop: hurryLeftovers,
    restart: beginRestart,
    deadline: stopLeftovers,
  },

  stopping: {
    ...NOTHING_TO_DO,
    'leader-exited': (state, { exit }) => stay({ ...state, leaderExit: exit }),
    vacated: drain,
    emptied: finishAttempt,
    'host-lost': loseHost,
    stop: insist,
    restart: note,
    deadline: (state) => force(state, state.order),
  },

  killing: {
    ...NOTHING_TO_DO,
    'leader-exited': (state, { exit }) => stay({ ...state, leaderExit: exit }),
    vacated: drain,
    emptied: finishAttempt,
    stop: (state, { order }) => note({ ...state, wanted: 'down' }, { order }),
    deadline: giveUp,
  },

  draining: {
    ...NOTHING_TO_DO,
    'leader-exited': (state, { exit }) => stay({ ...state, leaderExit: exit }),
    emptied: finishAttempt,
    // The proof was there before the host was lost: nobody is left.
    'host-lost': (state, _input, around) => finishAttempt(state, { proof: 'echild' }, around),
    // Whoever stops a run that is empty wants the rest of the output no more.
    stop: (state, { order }) => [
      { ...state, wanted: 'down' },
      [{ type: 'note', action: order.audit.ask, order }, { type: 'kill' }],
    ],
  },

  waiting: {
    ...NOTHING_TO_DO,
    stop: (state, { order }) => {
      const stopped = { ...state, wanted: 'down' as const, order };
      const [ended, effects] = end(stopped, conclude(stopped, null));
      return [ended, [{ type: 'note', action: order.audit.ask, order }, ...effects]];
    },
    deadline: spawn,
  },

  ended: NOTHING_TO_DO,
};

function drain(state: LifecycleState): Transition {
  return [{ ...state, phase: 'draining' }, [{ type: 'disarm' }]];
}

/** What a person typed at the terminal goes to the tree, which may well go on: no stop yet. */
function interrupt(
  state: LifecycleState,
  { order }: Extract<Input, { type: 'interrupt' }>,
): Transition {
  const effects: Effect[] = [{ type: 'note', action: order.audit.ask, order }];
  if (order.signal) effects.push({ type: 'signal', signal: order.signal, scope: 'group' });
  return [{ ...state, interruptedBy: order }, effects];
}

function forward(
  state: LifecycleState,
  { signal }: Extract<Input, { type: 'forward' }>,
): Transition {
  return [state, [{ type: 'signal', signal, scope: 'leader' }]];
}

function spawn(state: LifecycleState, _input: Input, { now }: Surroundings): Transition {
  const next: LifecycleState = {
    ...state,
    phase: 'starting',
    wanted: 'up',
    attempt: state.attempt + 1,
    startedAt: now,
    order: null,
    interruptedBy: null,
    leaderExit: null,
  };
  return [next, [{ type: 'disarm' }, { type: 'spawn' }]];
}
