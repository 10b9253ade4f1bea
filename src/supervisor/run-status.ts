// What a run looks like from outside: while it lives, and when it has ended.

import type { StoredSample } from '../core/detection/sample.ts';
import type { IncidentId } from '../core/id.ts';
import type { Conclusion, LifecycleState } from '../core/lifecycle/state.ts';
import type { ExitStatus } from '../core/run.ts';
import { toTimestamp } from '../core/time.ts';
import type { Tree } from '../ports.ts';
import type { Attempt } from './attempt.ts';

/** How a run ended, for whoever started it. */
export interface RunResult {
  readonly conclusion: Conclusion;
  /** What `flowforge run` ends with. */
  readonly exit: ExitStatus;
  readonly attempts: number;
  readonly durationMs: number;
  /** Time from the start of the attempt to FlowForge's own decision to end it, or null where there was none. */
  readonly detectedAfterMs: number | null;
  /** Highest CPU of the tree in any interval, in percent of one core. */
  readonly cpuPeakPercent: number;
  readonly survivors: readonly number[];
}

/** A run as it is at this moment. */
export interface RunStatus {
  readonly phase: LifecycleState['phase'];
  readonly wanted: LifecycleState['wanted'];
  readonly attempt: number;
  readonly pid: number | null;
  readonly containment: Tree['containment'] | null;
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly processCount: number;
  readonly outputLines: number;
  /** The open incident, if something looks wrong. */
  readonly incidentId: IncidentId | null;
  /** The latest reading of its tree. */
  readonly sample: (StoredSample & { readonly at: string }) | null;
}

/** The status of a run from its state and its current attempt. */
export function statusOf(
  { phase, wanted, attempt: number }: LifecycleState,
  attempt: Attempt | null,
  incidentId: IncidentId | null,
): RunStatus {
  const sample = attempt?.watch.lastSample;
  const reading = attempt?.watch.lastReading;
  return {
    phase,
    wanted,
    attempt: number,
    pid: attempt?.pid ?? null,
    containment: attempt?.tree.containment ?? null,
    cpuPercent: attempt?.watch.cpuPercent ?? 0,
    rssBytes: sample?.rssBytes ?? 0,
    processCount: sample?.processCount ?? 0,
    outputLines: attempt?.watch.figures().outputLines ?? 0,
    incidentId,
    sample: reading ? { ...reading, at: toTimestamp(reading.at) } : null,
  };
}
