// One step of the lifecycle: what it may look at, and what it gives.

import type { Policy } from '../policy/policy.ts';
import type { MonotonicMs } from '../time.ts';
import type { Effect } from './effect.ts';
import type { LifecycleState } from './state.ts';

/** What a transition may look at beside the state. */
export interface Surroundings {
  readonly now: MonotonicMs;
  /** Uniform in [0, 1), for the jitter of a restart. */
  readonly random: number;
  readonly policy: Pick<Policy, 'stop' | 'restart'>;
}

/** The next state, and the effects to carry out in order. */
export type Transition = readonly [LifecycleState, readonly Effect[]];
