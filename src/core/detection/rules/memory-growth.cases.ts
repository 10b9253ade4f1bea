// Runs that memory-growth must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

const MB = 1024 * 1024;
const limits = { maxMemoryBytes: 400 * MB };

export const cases: RuleCases = {
  fires: [
    {
      title: 'a leak that is about to reach the limit',
      limits,
      acts: [{ seconds: 120, rssBytes: (s) => (50 + 5 * s) * MB }],
      severity: 'stop',
      bySecond: 70,
    },
    {
      title: 'memory at its limit at once',
      limits,
      acts: [{ seconds: 5, rssBytes: () => 410 * MB }],
      severity: 'stop',
      bySecond: 1,
    },
    {
      title: 'a floor that rises under a saw-tooth for minutes, as an alert',
      acts: [{ seconds: 400, rssBytes: (s) => (100 + 0.5 * s + 40 * ((s % 8) / 8)) * MB }],
      severity: 'alert',
      bySecond: 300,
    },
  ],
  silent: [
    {
      title: "a garbage collector's saw-tooth on a level floor",
      limits,
      acts: [{ seconds: 600, rssBytes: (s) => (100 + 80 * ((s % 20) / 20)) * MB }],
    },
    {
      title: 'a warm-up that levels off well below the limit',
      limits,
      acts: [{ seconds: 600, rssBytes: (s) => 250 * (1 - Math.exp(-s / 30)) * MB }],
    },
    {
      title: 'a load that ends at once, near the limit',
      alertAllowed: true,
      limits,
      acts: [
        { seconds: 8, rssBytes: (s) => 40 * (s + 1) * MB },
        { seconds: 300, rssBytes: () => 330 * MB },
      ],
    },
    {
      title: 'memory that goes up and down with batches',
      acts: [{ seconds: 600, rssBytes: (s) => (100 + 100 * Math.abs(Math.sin(s / 40))) * MB }],
    },
  ],
};
