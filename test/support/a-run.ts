// A run as its supervisor tells it.

import type { ControlStatus } from '../../src/core/control.ts';

export function aRun(runId: string, more: Partial<ControlStatus> = {}): ControlStatus {
  return {
    runId,
    name: null,
    argv: ['job', '--token', 'hidden'],
    cwd: '/srv',
    supervisorPid: 10,
    startedAt: '2026-01-01T00:00:00.000Z',
    phase: 'running',
    wanted: 'up',
    attempt: 1,
    pid: 4711,
    containment: 'shim',
    cpuPercent: 12,
    rssBytes: 1000,
    processCount: 2,
    outputLines: 3,
    incidentId: null,
    sample: null,
    ...more,
  };
}
