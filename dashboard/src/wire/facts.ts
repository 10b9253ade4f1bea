// What the events of a timeline carry, read with care: an older or newer FlowForge may have written them.

import type { TimelineItem } from '../../../src/contract/timeline.ts';

export interface Contribution {
  readonly indicator: string;
  readonly value: number;
  readonly nats: number;
}

/** A decision of the detector, in what its event says. */
export interface Decision {
  readonly item: TimelineItem;
  readonly ruleId: string | null;
  readonly intended: string;
  readonly applied: string;
  readonly suppressedBy: string | null;
  readonly reason: string;
  readonly contributions: readonly Contribution[];
  readonly sampleLines: readonly string[];
  /** The numbers of the finding, by name with its unit last. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface SignalSent {
  readonly pid: number;
  readonly signal: string;
  readonly result: string;
}

/** What was done, from its intent to its outcome. */
export interface Deed {
  readonly intentId: string;
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
  readonly requestId: string | null;
  readonly at: string;
  /** null while it is under way. */
  readonly outcome: {
    readonly word: string;
    readonly detail: string;
    readonly at: string;
    readonly durationMs: number;
    readonly survivors: readonly number[];
    readonly proof: string | null;
    readonly signals: readonly SignalSent[];
  } | null;
}

export interface Frozen {
  readonly at: string;
  readonly members: readonly {
    readonly pid: number;
    readonly ppid: number;
    readonly name: string;
    readonly state: string;
    readonly cpuMs: number;
    readonly rssBytes: number;
  }[];
  readonly lastLines: readonly string[];
}

export function decisionsOf(chain: readonly TimelineItem[]): readonly Decision[] {
  return chain.flatMap((item) => {
    if (item.event_type !== 'decision.made') return [];
    const { ruleId, intended, applied, suppressedBy, reason, contributions, evidence } =
      item.evidence;
    const found = recordOf(evidence);
    return [
      {
        item,
        ruleId: textOrNull(ruleId),
        intended: textOf(intended),
        applied: textOf(applied),
        suppressedBy: textOrNull(suppressedBy),
        reason: textOf(reason),
        contributions: listOf<Contribution>(contributions).filter(
          (it) => typeof it?.indicator === 'string' && typeof it.nats === 'number',
        ),
        sampleLines: linesOf(found['sampleLines']),
        numbers: { ...numbersOf(found), ...numbersOf(recordOf(found['more'])) },
      },
    ];
  });
}

export function deedsOf(chain: readonly TimelineItem[]): readonly Deed[] {
  return chain.flatMap((item) => {
    if (item.event_type !== 'action.intended') return [];
    const { intentId, action, actor, reason, requestId } = item.evidence;
    const end = chain.find(
      (it) => it.event_type === 'action.completed' && it.evidence['intentId'] === intentId,
    );
    return [
      {
        intentId: textOf(intentId),
        action: textOf(action),
        actor: textOf(actor),
        reason: textOf(reason),
        requestId: textOrNull(requestId),
        at: item.timestamp,
        outcome: end ? outcomeOf(end) : null,
      },
    ];
  });
}

function outcomeOf({ evidence, timestamp }: TimelineItem): Deed['outcome'] {
  const { outcome, detail, durationMs, survivors, proof, signals } = evidence;
  return {
    word: textOf(outcome),
    detail: textOf(detail),
    at: timestamp,
    durationMs: typeof durationMs === 'number' ? durationMs : 0,
    survivors: listOf<number>(survivors),
    proof: textOrNull(proof),
    signals: listOf<SignalSent>(signals),
  };
}

/** The tree and the last lines as they were before something was done; the latest. */
export function frozenOf(chain: readonly TimelineItem[]): Frozen | null {
  const item = chain.findLast(({ event_type }) => event_type === 'tree.frozen');
  if (!item) return null;
  const { members, lastLines } = item.evidence;
  return {
    at: item.timestamp,
    members: listOf<Frozen['members'][number]>(members),
    lastLines: linesOf(lastLines),
  };
}

/** What stands for text that is encrypted and the key to which is not at hand. */
export const SEALED = '(sealed)';

/** Whether some of these texts cannot be read here. */
export const isSealed = (...texts: readonly string[]): boolean => texts.includes(SEALED);

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);

const linesOf = (value: unknown): readonly string[] =>
  listOf<unknown>(value).filter((line): line is string => typeof line === 'string');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const numbersOf = (record: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(record).filter((pair): pair is [string, number] => typeof pair[1] === 'number'),
  );
