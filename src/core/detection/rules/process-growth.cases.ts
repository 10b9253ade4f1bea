// Runs that process-growth must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

export const cases: RuleCases = {
  fires: [
    {
      title: 'a fork storm within three seconds of passing the line',
      acts: [{ seconds: 20, processes: (s) => Math.min(4000, 2 ** s) }],
      severity: 'stop',
      bySecond: 11,
    },
    {
      title: 'two hundred processes that stay, as an alert',
      acts: [{ seconds: 60, processes: (s) => Math.min(200, 2 + 5 * s) }],
      severity: 'alert',
      bySecond: 28,
    },
  ],
  silent: [
    {
      title: 'a parallel build with many births and few alive',
      acts: [{ seconds: 300, processes: (s) => 20 + (s % 13), birthsPerSecond: 300 }],
    },
    {
      title: 'a pool of three hundred workers that grew slowly: an alert at most',
      alertAllowed: true,
      acts: [{ seconds: 600, processes: (s) => Math.min(300, 100 + s) }],
    },
  ],
};
