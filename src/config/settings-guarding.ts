// The settings that say when FlowForge acts: the policy, its limits, and the certainty it asks for.

import { RULE_IDS } from '../core/detection/finding.ts';
import { PROFILES } from '../core/policy/policy.ts';
import { ROLLOUTS } from '../core/policy/rollout.ts';
import {
  anotherIsLooser,
  earlierIsLooser,
  higherIsLooser,
  lowerIsLooser,
  setting,
} from './setting.ts';
import {
  choice,
  count,
  duration,
  money,
  onOff,
  orNone,
  percent,
  regex,
  size,
  someOf,
} from './value.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const MIB = 1024 * 1024;

const ON_RUNAWAY = ['alert', 'pause', 'stop', 'restart'] as const;

export const GUARDING = {
  profile: setting({
    group: 'policy',
    kind: choice(PROFILES),
    describe: 'How much time to give before deciding: light is the most patient, heavy the fastest',
    byDefault: (policy) => policy.profile,
    looser: earlierIsLooser(PROFILES),
  }),
  rollout: setting({
    group: 'policy',
    kind: choice(ROLLOUTS),
    describe:
      'How much is acted on: shadow only records, canary acts on a share of the jobs, enforce on all',
    byDefault: (policy) => policy.rollout,
    looser: earlierIsLooser(ROLLOUTS),
    alsoCalled: ['policy-rollout', 'shadow-mode'],
  }),
  'canary-percent': setting({
    group: 'policy',
    kind: percent(0, 100),
    describe: 'The share of jobs that a canary rollout acts on',
    byDefault: (policy) => policy.canaryPercent,
    looser: lowerIsLooser,
    alsoCalled: ['policy-canary-percent'],
  }),
  'no-kill': setting({
    group: 'policy',
    kind: onOff(),
    describe: 'Only watch: record and alert, never touch the command (rollout shadow for this run)',
    byDefault: () => false,
    only: ['flag'],
    alsoCalled: ['watchdog'],
  }),
  'on-runaway': setting({
    group: 'policy',
    kind: choice(ON_RUNAWAY),
    describe: 'What to do about a runaway',
    byDefault: (policy) => policy.onRunaway,
    looser: earlierIsLooser(ON_RUNAWAY),
  }),

  'max-cpu': setting({
    group: 'limits',
    kind: percent(1, 102_400),
    describe: 'CPU that counts as busy, in percent of one core; the tree may use several',
    byDefault: (policy) => policy.limits.maxCpuPercent,
    looser: higherIsLooser,
  }),
  'max-memory': setting({
    group: 'limits',
    kind: orNone(size(MIB)),
    describe: 'Stop when the whole tree holds more memory than this',
    byDefault: (policy) => policy.limits.maxMemoryBytes,
    looser: higherIsLooser,
    alsoCalled: ['max-memory-mb', 'max-mem'],
  }),
  'max-time': setting({
    group: 'limits',
    kind: orNone(duration(1, YEAR_MS)),
    describe: 'Stop when the run has taken longer than this',
    byDefault: (policy) => policy.limits.maxTimeMs,
    looser: higherIsLooser,
    alsoCalled: ['timeout'],
  }),
  'max-cpu-time': setting({
    group: 'limits',
    kind: orNone(duration(1, YEAR_MS)),
    describe: 'Stop when the whole tree has used more CPU time than this',
    byDefault: (policy) => policy.limits.maxCpuTimeMs,
    looser: higherIsLooser,
  }),
  'max-silence': setting({
    group: 'limits',
    kind: orNone(duration(1_000, YEAR_MS)),
    describe: 'Stop when nothing has been printed for this long',
    byDefault: (policy) => policy.limits.maxSilenceMs,
    looser: higherIsLooser,
  }),
  'max-output': setting({
    group: 'limits',
    kind: orNone(size(1)),
    describe: 'Stop when more than this has been printed',
    byDefault: (policy) => policy.limits.maxOutputBytes,
    looser: higherIsLooser,
  }),
  'max-tokens': setting({
    group: 'limits',
    kind: orNone(count(1, 1e15)),
    describe: 'Stop when an agent has reported more tokens than this',
    byDefault: (policy) => policy.limits.maxTokens,
    looser: higherIsLooser,
    alsoCalled: ['max-tokens-per-min'],
  }),
  'max-cost': setting({
    group: 'limits',
    kind: orNone(money()),
    describe: 'Stop when an agent has reported a higher cost than this, in US dollars',
    byDefault: (policy) => policy.limits.maxCostUsd,
    looser: higherIsLooser,
  }),

  'progress-regex': setting({
    group: 'detection',
    kind: orNone(regex()),
    describe: 'A line that matches is progress, whatever else it looks like',
    byDefault: (policy) => policy.detection.progressRegex,
    looser: anotherIsLooser,
  }),
  'start-grace': setting({
    group: 'detection',
    kind: duration(0, 24 * HOUR_MS),
    describe: 'No finding stops a run younger than this',
    byDefault: (policy) => policy.detection.startGraceMs,
    looser: higherIsLooser,
  }),
  'alert-at': setting({
    group: 'detection',
    kind: percent(1, 100),
    describe: 'The confidence that raises an alert',
    byDefault: (policy) => policy.detection.alertAt,
    looser: higherIsLooser,
  }),
  'stop-at': setting({
    group: 'detection',
    kind: percent(1, 100),
    describe: 'The confidence that stops a run',
    byDefault: (policy) => policy.detection.stopAt,
    looser: higherIsLooser,
  }),
  'stop-hold': setting({
    group: 'detection',
    kind: duration(0, 24 * HOUR_MS),
    describe: 'How long the confidence must hold before a run is stopped',
    byDefault: (policy) => policy.detection.stopHoldMs,
    looser: higherIsLooser,
  }),
  'may-stop': setting({
    group: 'detection',
    kind: someOf(RULE_IDS),
    describe: 'The only rules that may stop a run; the others alert',
    byDefault: (policy) => policy.detection.mayStop,
    looser: (candidate, fixed) => fixed.some((rule) => !candidate.includes(rule)),
  }),
} as const;
