// Draws the table of the lifecycle by applying every cell of it: what the page says is what the code does.

import type { Effect } from '../../src/core/lifecycle/effect.ts';
import type { Input, InputType } from '../../src/core/lifecycle/input.ts';
import type { Order } from '../../src/core/lifecycle/order.ts';
import { NO_RESTARTS } from '../../src/core/lifecycle/restart-budget.ts';
import {
  initialState,
  type LifecycleState,
  type PhaseName,
} from '../../src/core/lifecycle/state.ts';
import type { Surroundings } from '../../src/core/lifecycle/step.ts';
import { TABLE, transition } from '../../src/core/lifecycle/transition.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { monotonicMs } from '../../src/core/time.ts';

const order: Order = {
  actor: 'operator',
  reason: 'as a person says',
  exitReason: 'USER_TERMINATED',
  incidentId: null,
  requestId: null,
  signal: null,
  audit: { ask: 'STOP', force: 'KILL' },
};

/** One input of each type, as they are most often. */
const INPUTS: { readonly [T in InputType]: Extract<Input, { type: T }> } = {
  start: { type: 'start' },
  spawned: { type: 'spawned' },
  'spawn-failed': { type: 'spawn-failed', failure: 'not-found', message: 'command not found' },
  'leader-exited': { type: 'leader-exited', exit: { type: 'exited', code: 0 } },
  vacated: { type: 'vacated' },
  emptied: { type: 'emptied', proof: 'echild' },
  'host-lost': { type: 'host-lost', message: 'the shim was killed' },
  stop: { type: 'stop', order },
  restart: { type: 'restart', order },
  pause: { type: 'pause', order },
  resume: { type: 'resume', order },
  interrupt: { type: 'interrupt', order: { ...order, signal: 'SIGINT' } },
  forward: { type: 'forward', signal: 'SIGUSR1' },
  deadline: { type: 'deadline' },
};

const around: Surroundings = {
  now: monotonicMs(60_000),
  random: 0.5,
  policy: PROFILE_POLICIES.standard,
};

/** The page: a diagram of the ways between the phases, and for each phase what every input does. */
export function drawLifecycle(): string {
  const phases = Object.keys(TABLE) as PhaseName[];
  return [
    '# The life of a run',
    '',
    'Drawn from `src/core/lifecycle/transition.ts` by applying every cell of its table; a test keeps it so. Inputs are',
    'as they are most often: the leader exits with 0, a person orders, the policy is that of the standard profile.',
    'What a cell decides by more than phase and input (a restart that is wanted or spent, a second order) is said in',
    'the code beside it. A cell that is missing below does nothing.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> idle',
    ...diagram(phases),
    '  ended --> [*]',
    '```',
    ...phases.flatMap(section),
    '',
  ].join('\n');
}

function diagram(phases: readonly PhaseName[]): string[] {
  return phases.flatMap((phase) => {
    const ways = new Map<PhaseName, string[]>();
    for (const input of Object.values(INPUTS)) {
      const [{ phase: next }] = transition(stateIn(phase), input, around);
      if (next !== phase) ways.set(next, [...(ways.get(next) ?? []), input.type]);
    }
    return [...ways].map(([next, inputs]) => `  ${phase} --> ${next}: ${inputs.join(', ')}`);
  });
}

function section(phase: PhaseName): string[] {
  const rows = Object.values(INPUTS).flatMap((input) => {
    const before = stateIn(phase);
    const [after, effects] = transition(before, input, around);
    const isIdle = after === before && effects.length === 0;
    return isIdle ? [] : [`| ${input.type} | ${nextOf(phase, after)} | ${say(effects)} |`];
  });
  const head = ['', `## ${phase}`, ''];
  if (rows.length === 0) return [...head, 'Nothing happens any more.'];
  return [...head, '| Input | Next phase | Effects, in order |', '| --- | --- | --- |', ...rows];
}

const nextOf = (phase: PhaseName, { phase: next }: LifecycleState): string =>
  next === phase ? '–' : next;

const say = (effects: readonly Effect[]): string =>
  effects.length === 0 ? '–' : effects.map(describe).join(', ');

function describe(effect: Effect): string {
  switch (effect.type) {
    case 'signal':
      return `${effect.signal} to the ${effect.scope}`;
    case 'arm':
      return `deadline in ${effect.durationMs / 1000} s`;
    case 'disarm':
      return 'no deadline';
    case 'intend':
      return `intend ${effect.action}`;
    case 'note':
      return `note ${effect.action}`;
    case 'complete':
      return `complete: ${effect.outcome}`;
    case 'conclude':
      return `conclude ${effect.conclusion.exitReason}`;
    default:
      return effect.type;
  }
}

/** A state of a phase as it is usually reached. */
function stateIn(phase: PhaseName): LifecycleState {
  const base = {
    ...initialState(NO_RESTARTS),
    wanted: 'up' as const,
    attempt: 1,
    startedAt: monotonicMs(0),
  };
  const exit = { type: 'exited', code: 0 } as const;
  switch (phase) {
    case 'idle':
      return initialState(NO_RESTARTS);
    case 'settling':
    case 'draining':
      return { ...base, phase, leaderExit: exit };
    case 'stopping':
    case 'killing':
      return { ...base, phase, wanted: 'down', order };
    case 'ended':
      return {
        ...base,
        phase,
        wanted: 'down',
        conclusion: {
          exitReason: 'COMPLETED',
          exit,
          order: null,
          reason: 'exit 0',
          proof: 'echild',
          startFailure: null,
        },
      };
    default:
      return { ...base, phase };
  }
}
