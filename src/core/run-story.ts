// A run as its events tell it: a fold from the start of the run to its end.

import type { FlowForgeEvent, SupervisorIdentity } from './event.ts';
import type { RunId } from './id.ts';
import type { ProfileName } from './policy/policy.ts';
import type { Rollout } from './policy/rollout.ts';
import type { Containment, ExitReason, ExitStatus } from './run.ts';
import type { EpochMs } from './time.ts';

/** The process at the head of an attempt. */
export interface Leader {
  readonly attempt: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly containment: Containment;
}

export interface RunStory {
  readonly runId: RunId;
  readonly hostId: string;
  readonly bootId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly name: string | null;
  readonly jobKey: string;
  readonly profile: ProfileName;
  readonly rollout: Rollout;
  /** null: not known, or no limit. */
  readonly maxCpuPercent: number | null;
  readonly maxMemoryBytes: number | null;
  readonly alertAt: number | null;
  readonly stopAt: number | null;
  readonly version: string;
  readonly supervisor: SupervisorIdentity;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs | null;
  readonly attempts: number;
  /** Of the latest attempt that was spawned. */
  readonly leader: Leader | null;
  /** Whether the latest attempt has ended (or never began). */
  readonly attemptEnded: boolean;
  readonly isPaused: boolean;
  readonly exitReason: ExitReason | null;
  readonly exit: ExitStatus | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly durationMs: number | null;
  readonly cpuPeakPercent: number;
  readonly rssPeakBytes: number;
  readonly outputBytes: number;
  readonly outputLines: number;
  readonly survivors: number | null;
}

/** The events a story is told by; all others may be left out. */
export const STORY_EVENTS = [
  'run.started',
  'attempt.started',
  'attempt.ended',
  'attempt.failed',
  'run.paused',
  'run.resumed',
  'run.ended',
] as const satisfies readonly FlowForgeEvent['type'][];

/** The story that `events` (of one run, oldest first) tell, or null when the start is not among them. */
export function tellRun(events: readonly FlowForgeEvent[]): RunStory | null {
  let story: RunStory | null = null;
  for (const event of events) story = story ? tell(story, event) : begin(event);
  return story;
}

function begin(event: FlowForgeEvent): RunStory | null {
  if (event.type !== 'run.started' || event.runId === null) return null;
  return {
    runId: event.runId,
    hostId: event.hostId,
    bootId: event.bootId,
    maxCpuPercent: null,
    maxMemoryBytes: null,
    alertAt: null,
    stopAt: null,
    ...event.payload,
    startedAt: event.at,
    endedAt: null,
    attempts: 0,
    leader: null,
    attemptEnded: true,
    isPaused: false,
    exitReason: null,
    exit: null,
    exitCode: null,
    reason: null,
    durationMs: null,
    cpuPeakPercent: 0,
    rssPeakBytes: 0,
    outputBytes: 0,
    outputLines: 0,
    survivors: null,
  };
}

function tell(story: RunStory, event: FlowForgeEvent): RunStory {
  switch (event.type) {
    case 'attempt.started': {
      const attempt = event.attempt ?? story.attempts + 1;
      const leader = { attempt, ...event.payload };
      return { ...story, attempts: attempt, leader, attemptEnded: false, isPaused: false };
    }
    case 'attempt.failed':
      return { ...story, attempts: event.attempt ?? story.attempts, attemptEnded: true };
    case 'attempt.ended':
      return endAttempt(story, event);
    case 'run.paused':
      return { ...story, isPaused: true };
    case 'run.resumed':
      return { ...story, isPaused: false };
    case 'run.ended': {
      const { exitReason, exit, exitCode, durationMs, attempts, survivors, reason } = event.payload;
      const end = { exitReason, exit, exitCode, durationMs, attempts, survivors, reason };
      return { ...story, ...end, endedAt: event.at, attemptEnded: true, isPaused: false };
    }
    default:
      return story;
  }
}

function endAttempt(
  story: RunStory,
  { payload }: FlowForgeEvent & { readonly type: 'attempt.ended' },
): RunStory {
  return {
    ...story,
    attemptEnded: true,
    cpuPeakPercent: Math.max(story.cpuPeakPercent, payload.cpuPeakPercent),
    rssPeakBytes: Math.max(story.rssPeakBytes, payload.rssPeakBytes),
    outputBytes: story.outputBytes + payload.outputBytes,
    outputLines: story.outputLines + payload.outputLines,
  };
}
