// What a report tells, and the words in which every form of it says so.

import type { FlowForgeEvent } from '../core/event.ts';
import type { Incident } from '../core/incident.ts';
import type { RunStory } from '../core/run-story.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { TimelineItem } from '../core/timeline.ts';
import type { KeptSample } from '../ports.ts';

/** All that a report tells. */
export interface ReportFacts {
  readonly generatedAt: EpochMs;
  readonly incident: Incident;
  readonly run: RunStory | null;
  readonly timeline: readonly TimelineItem[];
  readonly decisions: readonly (FlowForgeEvent & { readonly type: 'decision.made' })[];
  readonly samples: readonly KeptSample[];
}

/** `key: value` facts at the head of a report, the same in every form. */
export function headline({ incident, run }: ReportFacts): readonly (readonly [string, string])[] {
  const { exitReason, ruleId, openedAt, closedAt, outcome, verdict, scores } = incident;
  const last = incident.actions.at(-1);
  return [
    ['Exit reason', exitReason],
    ['Rule', ruleId ?? 'none'],
    ['Command', run ? run.argv.join(' ') : 'unknown'],
    ['Directory', run?.cwd ?? 'unknown'],
    ['Run', `${incident.runId ?? 'none'}, attempt ${incident.attempt ?? 'none'}`],
    ['Profile and rollout', run ? `${run.profile}, ${run.rollout}` : 'unknown'],
    ['Opened', toTimestamp(openedAt)],
    ['Closed', closedAt === null ? 'still open' : toTimestamp(closedAt)],
    [
      'Scores',
      scores
        ? `CPU ${round(scores.cpu)}, entropy ${round(scores.entropy)}, confidence ${round(scores.confidence)}`
        : 'none',
    ],
    [
      'Last action',
      last ? `${last.action} by ${last.actor}: ${last.outcome ?? 'under way'}` : 'none',
    ],
    ['Left behind', leftBehind(incident, run)],
    ['Outcome', outcome ?? 'open'],
    ['Answer', verdict ?? 'none yet'],
  ];
}

/** What of the tree survived, and how we know. */
function leftBehind({ actions }: Incident, run: RunStory | null): string {
  const last = actions.findLast(({ outcome }) => outcome !== null);
  if (last && last.survivors.length > 0) return `processes ${last.survivors.join(', ')}`;
  if (last?.proof) return `nothing (${last.proof})`;
  if (run?.survivors === 0) return 'nothing';
  return run?.survivors ? `${run.survivors} processes` : 'not known';
}

export const round = (value: number): string => String(Math.round(value * 10) / 10);

export const bytes = (count: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)),
  );
  return `${round(count / 1024 ** power)} ${units[power]}`;
};
