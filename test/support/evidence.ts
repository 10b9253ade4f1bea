// What tests of the evidence need: ids that count, events with only what matters spelled out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredSample } from '../../src/core/detection/sample.ts';
import type { EventType, FactOf, Stamp, UnstoredEvent } from '../../src/core/event.ts';
import type { EventId, IncidentId, IntentId, RunId } from '../../src/core/id.ts';
import { epochMs, monotonicMs } from '../../src/core/time.ts';
import type { IdSource } from '../../src/ports.ts';

let made = 0;
const next = (prefix: string): string => `${prefix}${String(++made).padStart(8, '0')}`;

/** Ids that count up; unique within a test process. */
export const countingIds: IdSource = {
  runId: () => next('run_') as RunId,
  incidentId: () => next('inc_') as IncidentId,
  eventId: () => next('evt_') as EventId,
  intentId: () => next('act_') as IntentId,
};

const SCORES = { cpu: 90, entropy: 5, confidence: 97 };

const PAYLOADS: { readonly [T in EventType]: FactOf<T>['payload'] } = {
  'run.started': {
    argv: ['node', 'job.js'],
    cwd: '/srv/job',
    name: null,
    jobKey: 'job',
    profile: 'standard',
    rollout: 'enforce',
    maxCpuPercent: 80,
    maxMemoryBytes: null,
    alertAt: 70,
    stopAt: 95,
    version: '2.0.0',
    supervisor: { pid: 100, startTicks: 7 },
  },
  'attempt.started': { pid: 4711, startTicks: 12, containment: 'shim' },
  'attempt.failed': { code: 'not-found', message: 'no such file' },
  'leader.exited': { pid: 4711, exit: { type: 'exited', code: 0 } },
  'attempt.ended': {
    exit: { type: 'exited', code: 0 },
    durationMs: 1000,
    proof: 'echild',
    survivors: [],
    cpuMs: 10,
    cpuPeakPercent: 12,
    rssPeakBytes: 1_000_000,
    outputBytes: 10,
    outputLines: 1,
    skippedBytes: 0,
  },
  'run.ended': {
    exitReason: 'COMPLETED',
    exit: { type: 'exited', code: 0 },
    exitCode: 0,
    durationMs: 1000,
    attempts: 1,
    cpuPeakPercent: 12,
    survivors: 0,
    reason: 'the command completed',
  },
  'run.paused': { processCount: 2 },
  'run.resumed': { processCount: 2 },
  'decision.made': {
    ruleId: 'output-loop',
    scores: SCORES,
    intended: 'stop',
    applied: 'stop',
    suppressedBy: null,
    reason: '7-line cycle, 212 times',
    contributions: [{ indicator: 'staleness', value: 0.99, nats: 2.1 }],
    evidence: { periodLines: 7, repeats: 212, sampleLines: ['retrying now'] },
  },
  'incident.opened': {
    ruleId: 'output-loop',
    exitReason: 'WATCHDOG_ALERT',
    title: 'Loop detected',
    reason: '7-line cycle, 212 times',
    scores: SCORES,
    pid: 4711,
  },
  'incident.escalated': {
    exitReason: 'LOOP_DETECTED',
    title: 'Loop detected',
    reason: '7-line cycle, 400 times',
    scores: SCORES,
  },
  'incident.closed': { outcome: 'stopped; the tree is empty', exitReason: 'LOOP_DETECTED' },
  'incident.answered': { verdict: 'right', note: '' },
  'tree.frozen': {
    members: [
      { pid: 4711, ppid: 1, startTicks: 12, name: 'node', state: 'R', cpuMs: 5, rssBytes: 100 },
    ],
    lastLines: ['retrying now'],
    rssBytes: 1_000_000,
    cpuPercent: 99,
  },
  'action.intended': {
    intentId: 'act_1' as IntentId,
    action: 'AUTO_STOP',
    actor: 'flowforge',
    reason: '7-line cycle, 212 times',
    requestId: null,
  },
  'action.completed': {
    intentId: 'act_1' as IntentId,
    action: 'AUTO_STOP',
    outcome: 'done',
    detail: 'the tree is empty',
    signals: [{ pid: 4711, signal: 'SIGTERM', result: 'sent' }],
    survivors: [],
    proof: 'echild',
    durationMs: 20,
  },
  'audit.noted': {
    action: 'AUTH_REFUSED',
    actor: 'api-key:unknown',
    reason: 'no key',
    requestId: 'req-1',
  },
  'restart.scheduled': { delayMs: 1000, used: 1, allowed: 3 },
  'store.degraded': { message: 'disk full' },
  'store.recovered': { replayed: 3, lost: 0 },
};

/** An event of the given type with a believable payload; `payload` and `stamp` say what matters. */
export function anEvent<T extends EventType>(
  type: T,
  payload: Partial<FactOf<T>['payload']> = {},
  stamp: Partial<Stamp> = {},
): UnstoredEvent {
  return {
    eventId: countingIds.eventId(),
    hostId: 'host-1',
    bootId: 'boot-1',
    runId: 'run_1' as RunId,
    attempt: 1,
    incidentId: null,
    version: 1,
    at: epochMs(Date.UTC(2026, 0, 1)),
    monotonicAt: monotonicMs(1000.5),
    ...stamp,
    type,
    payload: { ...PAYLOADS[type], ...payload },
  } as UnstoredEvent;
}

/** Every type of event there is. */
export const EVENT_TYPES = Object.keys(PAYLOADS) as EventType[];

export const aSample = (sample: Partial<StoredSample> = {}): StoredSample => ({
  cpuPercent: 1,
  demandPercent: 1,
  rssBytes: 50_000_000,
  processCount: 2,
  outputBytesPerSecond: 100,
  outputLinesPerSecond: 5,
  cpuScore: 1,
  entropyScore: 80,
  confidenceScore: 1,
  ...sample,
});

/** A directory for one test, and how to get rid of it. */
export function scratch(): { path: (name: string) => string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'flowforge-evidence-'));
  return {
    path: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
