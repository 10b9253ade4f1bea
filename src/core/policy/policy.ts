// Everything that can be chosen about a run, and the named policies (profiles).

import type { RuleId } from '../detection/finding.ts';
import type { Signal } from '../run.ts';
import type { Action } from './action.ts';
import type { Rollout } from './rollout.ts';

export const PROFILES = ['light', 'standard', 'heavy'] as const;
/** `heavy` decides fastest, `light` is the most patient. */
export type ProfileName = (typeof PROFILES)[number];

/** What the user orders outright; no confidence is needed to enforce it. null: no limit. */
export interface RunLimits {
  /** CPU that counts as busy, in percent of one core. Pressure is measured against it; alone it stops nothing. */
  readonly maxCpuPercent: number;
  readonly maxMemoryBytes: number | null;
  readonly maxTimeMs: number | null;
  readonly maxCpuTimeMs: number | null;
  readonly maxSilenceMs: number | null;
  readonly maxOutputBytes: number | null;
  readonly maxTokens: number | null;
  readonly maxCostUsd: number | null;
}

/** How much certainty, for how long, before something is said or done. */
export interface DetectionPolicy {
  /** No finding may stop a run younger than this. */
  readonly startGraceMs: number;
  /** Posterior (0 to 100) that raises an alert, and the one below which it is over. */
  readonly alertAt: number;
  readonly alertOverBelow: number;
  /** Posterior that stops, and how long it must hold. */
  readonly stopAt: number;
  readonly stopHoldMs: number;
  /** Time constant in seconds by which a tick's evidence is tempered; smaller is faster and less sure. */
  readonly evidenceTauSeconds: number;
  /** Evidence of one round of failures without news, in nats, and how long a storm must last to be stopped. */
  readonly retryRoundNats: number;
  readonly retryStormMs: number;
  /** A line that matches is progress, whatever else it looks like. A JavaScript regular expression. */
  readonly progressRegex: string | null;
  /** The only rules whose findings may stop a run. */
  readonly mayStop: readonly RuleId[];
}

export interface StopPolicy {
  readonly signal: Signal;
  /** Time between the stop signal and SIGKILL. */
  readonly graceMs: number;
  /** A leader that exits by itself may leave processes behind. */
  readonly leaveBackground: boolean;
}

export const RESTART_MODES = ['never', 'on-failure', 'on-intervention'] as const;
export type RestartMode = (typeof RESTART_MODES)[number];

export interface RestartPolicy {
  readonly mode: RestartMode;
  /** Restarts allowed within any window of windowMs. */
  readonly maxRestarts: number;
  readonly windowMs: number;
  /** Shortest and longest wait before a restart. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** An attempt that lived this long resets the budget and the backoff. */
  readonly healthyAfterMs: number;
}

export interface Policy {
  readonly profile: ProfileName;
  readonly rollout: Rollout;
  readonly canaryPercent: number;
  /** What a finding worth stopping leads to; alerts stay alerts. */
  readonly onRunaway: Extract<Action, 'alert' | 'pause' | 'stop' | 'restart'>;
  readonly limits: RunLimits;
  readonly detection: DetectionPolicy;
  readonly stop: StopPolicy;
  readonly restart: RestartPolicy;
}

const MINUTE_MS = 60_000;

const standard: Policy = {
  profile: 'standard',
  rollout: 'enforce',
  canaryPercent: 10,
  onRunaway: 'stop',
  limits: {
    maxCpuPercent: 80,
    maxMemoryBytes: null,
    maxTimeMs: null,
    maxCpuTimeMs: null,
    maxSilenceMs: null,
    maxOutputBytes: null,
    maxTokens: null,
    maxCostUsd: null,
  },
  detection: {
    startGraceMs: 10_000,
    alertAt: 70,
    alertOverBelow: 40,
    stopAt: 95,
    stopHoldMs: 7_000,
    evidenceTauSeconds: 2,
    retryRoundNats: 0.75,
    retryStormMs: MINUTE_MS,
    progressRegex: null,
    mayStop: [
      'output-loop',
      'retry-storm',
      'agent-loop',
      'silent-spin',
      'hang',
      'memory-growth',
      'process-growth',
      'output-flood',
      'budget',
    ],
  },
  stop: { signal: 'SIGTERM', graceMs: 10_000, leaveBackground: false },
  restart: {
    mode: 'never',
    maxRestarts: 3,
    windowMs: 10 * MINUTE_MS,
    backoffMinMs: 1_000,
    backoffMaxMs: MINUTE_MS,
    healthyAfterMs: 10 * MINUTE_MS,
  },
};

/** The named policies. Each differs from `standard` only in how much time it trades for certainty. */
export const PROFILE_POLICIES: Readonly<Record<ProfileName, Policy>> = {
  standard,
  light: {
    ...standard,
    profile: 'light',
    detection: {
      ...standard.detection,
      startGraceMs: 30_000,
      stopAt: 98,
      stopHoldMs: 30_000,
      evidenceTauSeconds: 6,
      retryRoundNats: 0.5,
      retryStormMs: 2 * MINUTE_MS,
    },
  },
  heavy: {
    ...standard,
    profile: 'heavy',
    detection: {
      ...standard.detection,
      startGraceMs: 3_000,
      stopHoldMs: 1_000,
      evidenceTauSeconds: 1,
      retryRoundNats: 1.1,
      retryStormMs: 30_000,
    },
  },
};
