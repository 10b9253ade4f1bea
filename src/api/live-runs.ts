// Runs as the evidence and their supervisors tell them together.

import type { Run } from '../contract/run.ts';
import type { ControlStatus } from '../core/control.ts';
import type { StoredSample } from '../core/detection/sample.ts';
import type { RunStory } from '../core/run-story.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { LivingRuns } from '../ports.ts';

/** A run from its story and, while it lives, its supervisor. */
export function presentRun(story: RunStory, living: LivingRuns, hostId: string): Run {
  const live = living.answering.find(({ runId }) => runId === story.runId) ?? null;
  const isSilent = story.endedAt === null && living.silent.includes(story.runId);
  return {
    run_id: story.runId,
    name: story.name,
    argv: [...story.argv],
    cwd: story.cwd,
    profile: story.profile,
    rollout: story.rollout,
    max_cpu_percent: story.maxCpuPercent,
    max_memory_bytes: story.maxMemoryBytes,
    alert_at: story.alertAt,
    stop_at: story.stopAt,
    state: isSilent ? 'active' : stateOf(story, live, hostId),
    phase: live?.phase ?? (isSilent ? NOT_ANSWERING : null),
    attempt: live?.attempt ?? story.attempts,
    pid: live ? live.pid : (story.leader?.pid ?? null),
    containment: live?.containment ?? story.leader?.containment ?? null,
    started_at: toTimestamp(story.startedAt),
    ended_at: timestampOrNull(story.endedAt),
    exit_reason: story.exitReason,
    exit_code: story.exitCode,
    reason: story.reason,
    duration_ms: story.durationMs,
    ...figuresOf(live),
    output_lines: live?.outputLines ?? story.outputLines,
    cpu_peak_percent: story.cpuPeakPercent,
    rss_peak_bytes: story.rssPeakBytes,
    survivors: story.survivors,
  };
}

/** A run of which the evidence knows nothing yet. Its arguments were not searched for secrets: they stay out. */
export function presentUnrecorded(live: ControlStatus): Run {
  const unknown = {
    profile: null,
    rollout: null,
    max_cpu_percent: null,
    max_memory_bytes: null,
    alert_at: null,
    stop_at: null,
    exit_reason: null,
    exit_code: null,
    reason: null,
  };
  return {
    run_id: live.runId,
    name: live.name,
    argv: live.argv.slice(0, 1),
    cwd: live.cwd,
    ...unknown,
    state: 'active',
    phase: live.phase,
    attempt: live.attempt,
    pid: live.pid,
    containment: live.containment,
    started_at: live.startedAt,
    ended_at: null,
    duration_ms: null,
    ...figuresOf(live),
    output_lines: live.outputLines,
    cpu_peak_percent: 0,
    rss_peak_bytes: 0,
    survivors: null,
  };
}

/** The figures of a reading. */
export const presentReading = (it: StoredSample) => ({
  cpu_percent: it.cpuPercent,
  demand_percent: it.demandPercent,
  rss_bytes: it.rssBytes,
  process_count: it.processCount,
  output_bytes_per_second: it.outputBytesPerSecond,
  output_lines_per_second: it.outputLinesPerSecond,
  cpu_score: it.cpuScore,
  entropy_score: it.entropyScore,
  confidence_score: it.confidenceScore,
});

/** The phase of a run whose supervisor holds on to it, but is stopped or overloaded. */
export const NOT_ANSWERING = 'not-answering';

/** Whether a run can still be acted on. */
export const isActive = ({ phase }: ControlStatus): boolean => phase !== 'ended';

function stateOf(story: RunStory, live: ControlStatus | null, hostId: string): Run['state'] {
  if (story.endedAt !== null) return 'ended';
  if (live) return 'active';
  return story.hostId === hostId ? 'lost' : 'unknown';
}

const figuresOf = (live: ControlStatus | null) => ({
  cpu_percent: live?.cpuPercent ?? null,
  rss_bytes: live?.rssBytes ?? null,
  process_count: live?.processCount ?? null,
  incident_id: live?.incidentId ?? null,
});

const timestampOrNull = (at: EpochMs | null): string | null =>
  at === null ? null : toTimestamp(at);
