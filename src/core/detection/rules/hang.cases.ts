// Runs that hang must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

export const cases: RuleCases = {
  fires: [
    {
      title: 'five minutes of nothing, as an alert',
      acts: [{ seconds: 2, lines: () => ['ready'] }, { seconds: 400 }],
      severity: 'alert',
      bySecond: 306,
    },
    {
      title: 'a silence longer than the user allows',
      limits: { maxSilenceMs: 60_000 },
      acts: [{ seconds: 2, lines: () => ['ready'] }, { seconds: 100 }],
      severity: 'stop',
      bySecond: 63,
    },
  ],
  silent: [
    {
      title: 'four minutes of nothing and then an answer',
      acts: [{ seconds: 240 }, { seconds: 1, lines: () => ['answer'] }, { seconds: 240 }],
    },
    { title: 'a silent transfer', acts: [{ seconds: 900, ioBytesPerSecond: 10_000 }] },
    {
      title: 'a heartbeat every minute',
      acts: [{ seconds: 1200, lines: (s) => (s % 60 === 0 ? ['alive'] : []) }],
    },
    {
      title: 'an hour of nothing, without limits: an alert at most',
      alertAllowed: true,
      acts: [{ seconds: 3600 }],
    },
  ],
};
