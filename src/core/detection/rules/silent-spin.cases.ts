// Runs that silent-spin must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

const MINUTE_MS = 60_000;

export const cases: RuleCases = {
  fires: [
    {
      title: 'a busy core with nothing to show for two minutes, as an alert',
      acts: [{ seconds: 150, demandPercent: 100 }],
      severity: 'alert',
      bySecond: 130,
    },
    {
      title: 'a silence longer than the user allows, while a core burns',
      limits: { maxSilenceMs: MINUTE_MS },
      acts: [{ seconds: 100, demandPercent: 100 }],
      severity: 'stop',
      bySecond: 62,
    },
    {
      title: 'more CPU time than the user allows, spent in silence',
      limits: { maxCpuTimeMs: MINUTE_MS },
      acts: [{ seconds: 100, demandPercent: 200 }],
      severity: 'stop',
      bySecond: 32,
    },
  ],
  silent: [
    {
      title: 'a silent computation that reads and writes',
      acts: [{ seconds: 900, demandPercent: 100, ioBytesPerSecond: 5000 }],
    },
    {
      title: 'a silent computation in moving memory for less than ten minutes',
      acts: [{ seconds: 590, demandPercent: 100, minorFaultsPerSecond: 500 }],
    },
    {
      title: 'a computation that prints a line now and then',
      acts: [
        { seconds: 900, demandPercent: 100, lines: (s) => (s % 60 === 0 ? [`part ${s}`] : []) },
      ],
    },
    {
      title: 'silent computation for an hour, without limits: an alert at most',
      alertAllowed: true,
      acts: [{ seconds: 3600, demandPercent: 100 }],
    },
  ],
};
