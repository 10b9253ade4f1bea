// What a supervisor is asked to guard, and what of the world it is given.

import type { Detector, DetectorOptions } from '../core/detection/detector.ts';
import type { SupervisorIdentity } from '../core/event.ts';
import type { RunId } from '../core/id.ts';
import type { RestartLedger } from '../core/lifecycle/restart-budget.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Redactor } from '../core/redaction/redactor.ts';
import type { Command } from '../core/run.ts';
import type { Clock, EventLog, IdSource, Narrator, ProcessHost, Random } from '../ports.ts';

export interface Job {
  readonly runId: RunId;
  readonly command: Command;
  readonly name: string | null;
  /** Names the job across runs: its name, else its command and directory. */
  readonly jobKey: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pty: 'auto' | 'always' | 'never';
  readonly isolate: boolean;
  readonly policy: Policy;
  /** Restarts of former runs of the same job that still count. */
  readonly restarts: RestartLedger;
}

/** The host and program that record an event. */
export interface Origin {
  readonly hostId: string;
  readonly bootId: string;
  readonly version: string;
  readonly supervisor: SupervisorIdentity;
}

export interface World {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: Random;
  readonly log: EventLog;
  readonly host: ProcessHost;
  readonly narrator: Narrator;
  readonly origin: Origin;
  readonly createDetector: (options: DetectorOptions) => Detector;
  /** Takes secrets out of text before it is stored or said. */
  readonly redactor: Redactor;
  /** Free share (0 to 1) of the disk our output goes to, null where unknown. */
  readonly diskFreeShare: () => number | null;
  /** Stops FlowForge itself as Ctrl-Z would; a shell's `fg` lets it go on. */
  readonly suspend: () => void;
}
