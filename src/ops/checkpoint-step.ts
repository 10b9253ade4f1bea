// What a step of a checkpoint is given, and what it answers.

import type { RunningCommand } from './bounded-command.ts';

/** What a step came to, and the figures or the reason. */
export interface Checked {
  readonly result: 'PASS' | 'FAIL' | 'SKIPPED';
  readonly detail: string;
}

/** Where a step works. */
export interface CheckpointScene {
  /** The checkout. */
  readonly root: string;
  /** Of the artifacts. */
  readonly folder: string;
  /** Of the commands it runs: ours, without our keys. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes a command under way, so that an interruption ends it. */
  begun(command: RunningCommand): void;
}

export interface CheckpointStep {
  readonly name: string;
  readonly title: string;
  readonly usualMs: number;
  run(scene: CheckpointScene): Promise<Checked>;
}
