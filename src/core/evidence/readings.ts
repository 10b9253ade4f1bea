// What can be asked of the evidence, and what it answers.

import type { FactOf, Stamp } from '../event.ts';
import type { RunId } from '../id.ts';
import type { Leader, RunStory } from '../run-story.ts';
import type { EpochMs } from '../time.ts';
import type { TimelineType } from '../timeline.ts';

/** A part of a listing. `next` is the cursor of the part that follows, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: number | null;
}

/** Which part of a listing; newest first. `cursor` is the `next` of the page before. */
export interface PageRequest {
  /** 1 to LIMITS.listMax; LIMITS.listDefault when absent. */
  readonly limit?: number | undefined;
  readonly cursor?: number | undefined;
}

export interface RunFilter extends PageRequest {
  readonly since?: EpochMs | undefined;
  readonly jobKey?: string | undefined;
}

export interface IncidentFilter extends PageRequest {
  readonly runId?: string | undefined;
  readonly since?: EpochMs | undefined;
}

/** With `incidentId` or `runId` the chain of that incident or run, oldest first; else newest first. */
export interface TimelineFilter extends PageRequest {
  readonly incidentId?: string | undefined;
  readonly runId?: string | undefined;
  readonly type?: TimelineType | undefined;
  readonly since?: EpochMs | undefined;
}

/** A run that has a start and no end, and what of it may still be alive. */
export interface UnfinishedRun {
  readonly story: RunStory;
  /** Leaders of all its attempts, oldest first. */
  readonly leaders: readonly Leader[];
  /** Orders whose outcome is not known. */
  readonly openIntents: readonly (FactOf<'action.intended'> & Stamp & { readonly seq: number })[];
  /** Incidents that were opened and not closed. */
  readonly openIncidentIds: readonly string[];
}

/** What was seen of a tree, and its last lines, before something was done to it. */
export type FrozenTree = FactOf<'tree.frozen'> & Stamp & { readonly seq: number };

/** A restart that a former run of the same job used up. */
export interface FormerRestart {
  readonly runId: RunId;
  /** When the restart was due. */
  readonly at: EpochMs;
  readonly delayMs: number;
}
