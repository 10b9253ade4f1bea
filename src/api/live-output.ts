// What runs print, for those who follow it. The supervisors are asked only while somebody does; each follower is a
// place in the lines, so that one who comes later, or is slower, hears the same.

import type { LiveOutput } from '../contract/stream.ts';
import type { ControlOutput, ControlRequest } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';
import type { RunControl } from '../ports.ts';

/** How far a follower has come; null before it heard anything. */
export type Place = { readonly attempt: number; readonly line: number } | null;

export interface Follower {
  readonly runId: string | null;
  place: Place;
  hear(output: LiveOutput): void;
}

/** Asks each run that is followed once at a time: one that does not answer holds up nobody else's lines. */
export class OutputTeller {
  readonly #runs: RunControl;
  readonly #asking = new Set<string>();

  constructor(runs: RunControl) {
    this.#runs = runs;
  }

  /** Tells followers what is new to them. */
  async tell(followers: readonly Follower[]): Promise<void> {
    const followed = new Set(followers.map(({ runId }) => runId));
    await Promise.all(
      [...followed].map(async (runId) => {
        if (runId === null || this.#asking.has(runId)) return;
        this.#asking.add(runId);
        const ofRun = followers.filter((follower) => follower.runId === runId);
        await this.#tellOf(runId, ofRun).finally(() => this.#asking.delete(runId));
      }),
    );
  }

  async #tellOf(runId: string, followers: readonly Follower[]): Promise<void> {
    const after = Math.min(...followers.map(({ place }) => place?.line ?? 0));
    const answer = await this.#runs
      .ask(runId, question(after), LIMITS.controlStatusMs)
      .catch(() => 'silent' as const);
    if (typeof answer === 'string' || !answer.ok || !answer.output) return;
    for (const follower of followers) tellOne(follower, runId, { after, output: answer.output });
  }
}

function tellOne(
  follower: Follower,
  runId: string,
  { after, output }: { readonly after: number; readonly output: ControlOutput },
): void {
  const { attempt, first, lines, skippedBytes } = output;
  const { place } = follower;
  // Lines count anew in each attempt. Those of a new one before `after` were not asked for: the next time they are.
  const line = place?.attempt === attempt ? place.line : 0;
  follower.place = { attempt, line };
  if (line < after || lines.length === 0) return;
  const known = Math.max(0, line + 1 - first);
  const told = lines.slice(known);
  if (told.length === 0) return;
  const begin = first + known;
  follower.place = { attempt, line: begin + told.length - 1 };
  follower.hear({
    run_id: runId,
    attempt,
    first: begin,
    lines: told,
    missing: place === null ? 0 : begin - line - 1,
    skipped_bytes: skippedBytes,
  });
}

const question = (after: number): ControlRequest => ({
  version: 1,
  operation: 'output',
  reason: '',
  actor: 'operator',
  requestId: null,
  expectedAttempt: null,
  after,
});
