// The cases that come with FlowForge: work that must be left alone, and runaways that must be stopped.

import { packageFile } from '../compose/installed.ts';
import { LOOP_STOPPED, NO_INTERVENTION, type PilotCase } from './pilot-file.ts';

export const PRESETS = ['week1'] as const;
export type PresetName = (typeof PRESETS)[number];

const worker = (name: string): readonly [string, ...string[]] => [
  'python3',
  packageFile(`demo/pilot/${name}_worker.py`),
];

/** The cases of a preset, the longest first: two at a time, they end sooner so. */
export function presetCases(_preset: PresetName): readonly PilotCase[] {
  return [
    {
      name: 'sleepy-retry',
      maxCpu: '60',
      expected: LOOP_STOPPED,
      argv: worker('retry'),
      flags: ['--profile', 'heavy'],
      usualSeconds: 35,
    },
    {
      name: 'cycle',
      maxCpu: '60',
      expected: LOOP_STOPPED,
      argv: worker('cycle'),
      usualSeconds: 20,
    },
    {
      name: 'runaway',
      maxCpu: '35',
      expected: LOOP_STOPPED,
      argv: worker('runaway'),
      usualSeconds: 18,
    },
    {
      name: 'silent',
      maxCpu: '60',
      expected: NO_INTERVENTION,
      argv: worker('silent'),
      usualSeconds: 21,
    },
    {
      name: 'leak',
      maxCpu: '60',
      expected: 'SAFETY_LIMIT_EXCEEDED',
      argv: worker('leak'),
      flags: ['--max-memory', '300MB'],
      usualSeconds: 8,
    },
    {
      name: 'bursty',
      maxCpu: '82',
      expected: NO_INTERVENTION,
      argv: worker('bursty'),
      usualSeconds: 8,
    },
    {
      name: 'healthy',
      maxCpu: '90',
      expected: NO_INTERVENTION,
      argv: worker('healthy'),
      usualSeconds: 8,
    },
  ];
}
