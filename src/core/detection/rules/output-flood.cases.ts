// Runs that output-flood must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

const MB = 1024 * 1024;
const equal = (second: number) => Array.from({ length: 50 }, () => `y ${second > 1e9}`);

export const cases: RuleCases = {
  fires: [
    {
      title: 'three megabytes a second for ten seconds, as an alert',
      acts: [{ seconds: 30, bytesPerSecond: 3 * MB, lines: (s) => [`part ${s} of 30`] }],
      severity: 'alert',
      bySecond: 15,
    },
    {
      title: 'a gigabyte of the same line',
      acts: [{ seconds: 60, bytesPerSecond: 40 * MB, lines: equal }],
      severity: 'stop',
      bySecond: 28,
    },
    {
      title: 'a flood that fills the disk',
      acts: [
        { seconds: 20, bytesPerSecond: 10 * MB, diskFreeShare: 0.01, lines: (s) => [`${s} of 99`] },
      ],
      severity: 'stop',
      bySecond: 3,
    },
    {
      title: 'more output than the user allows',
      limits: { maxOutputBytes: 10 * MB },
      acts: [{ seconds: 60, bytesPerSecond: MB }],
      severity: 'stop',
      bySecond: 11,
    },
  ],
  silent: [
    {
      title: 'a burst of a few seconds',
      acts: [{ seconds: 6, bytesPerSecond: 20 * MB }, { seconds: 60 }],
    },
    {
      title: 'ordinary output on a full disk',
      acts: [{ seconds: 60, diskFreeShare: 0.01, lines: (s) => [`part ${s} of 60`] }],
    },
    {
      title: 'two gigabytes of new data, piped on: an alert at most',
      alertAllowed: true,
      acts: [{ seconds: 60, bytesPerSecond: 40 * MB, lines: (s) => [`frame ${s} of 60`] }],
    },
  ],
};
