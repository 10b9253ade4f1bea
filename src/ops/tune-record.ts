// Records the workloads that come with FlowForge on this machine, each once: with its real pace and its real load.
// FlowForge watches them and acts on nothing, so that a runaway runs as long as it would.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { parseTrace } from '../core/trace/trace-parser.ts';
import { type Pilot, type PilotNews, startPilot } from './pilot.ts';
import { NO_INTERVENTION, type PilotCase } from './pilot-file.ts';
import { presetCases } from './pilot-presets.ts';
import type { CaseResult } from './pilot-verdict.ts';

export interface RecordingPlan {
  /** The folder of the tuning; the traces come into a folder of it. */
  readonly folder: string;
  /** A workload that runs longer is ended. */
  readonly forMs: number;
  /** Workloads at the same time. */
  readonly jobs: number;
}

/** The folder of the traces. */
export const recordingsIn = (folder: string): string => join(folder, 'recordings');

/** The workloads, named for what should become of them, with what they are recorded to. */
export function recordedCases(folder: string): readonly PilotCase[] {
  // What a leak does depends on no profile and no limit of CPU.
  const cases = presetCases('week1').filter(({ name }) => name !== 'leak');
  return cases.map((it) => {
    const name = it.expected === NO_INTERVENTION ? `healthy-${it.name}` : `runaway-${it.name}`;
    const trace = join(recordingsIn(folder), `${name}.trace`);
    return { ...it, name, flags: [...(it.flags ?? []), '--record', trace] };
  });
}

/** Starts recording; `tell` hears of every workload. */
export function startRecording(
  config: Config,
  { folder, forMs, jobs }: RecordingPlan,
  tell: (news: PilotNews) => void,
): Pilot {
  mkdirSync(recordingsIn(folder), { recursive: true });
  const plan = {
    title: 'Recorded workloads',
    cases: recordedCases(folder),
    folder: recordingsIn(folder),
    dbName: 'recordings.db',
    caseTimeoutMs: forMs,
    jobs,
    isShadow: true,
    endAtMismatch: false,
    resume: false,
  };
  return startPilot(config, plan, tell);
}

/** How a workload ends that did what it is there for, or that was ended when it had been recorded long enough. */
const HAS_RUN = /^(COMPLETED|USER_TERMINATED)$/;
/** In shadow: what would have been done, while the workload went on. */
const WOULD_HAVE_ENDED = /_DETECTED$|^SAFETY_LIMIT_EXCEEDED$/;

/** Why a recording is not one of its workload, or null. What broke down at once would pass for healthy work. */
export function recordingFault(result: CaseResult, folder: string): string | null {
  const { name, exitReason, decisionReason, expected } = result;
  const see = `see recordings/${name}.log`;
  if (exitReason === null) return `no run was recorded, ${see}`;
  if (!HAS_RUN.test(exitReason) && !WOULD_HAVE_ENDED.test(exitReason)) {
    return `it ended with ${exitReason} (${decisionReason}), ${see}`;
  }
  if (exitReason === 'COMPLETED' && expected !== NO_INTERVENTION) {
    return `a runaway that ends by itself is none, ${see}`;
  }
  return traceFault(join(recordingsIn(folder), `${name}.trace`));
}

function traceFault(path: string): string | null {
  try {
    let ticks = 0;
    for (const { type } of parseTrace(readFileSync(path, 'utf8')).records) {
      if (type === 'tick') ticks++;
    }
    return ticks === 0 ? 'its trace has no samples' : null;
  } catch (error) {
    return `its trace cannot be read: ${error instanceof Error ? error.message : error}`;
  }
}
