// What is looked for: words, `name:value` pairs, or a pattern between slashes.

import type { TimelineItem } from '../../../../src/contract/timeline.ts';

/** What speaks of something going wrong. */
export function isFailure({ event_type, type, evidence, action }: TimelineItem): boolean {
  if (type === 'incident')
    return event_type === 'incident.opened' || event_type === 'incident.escalated';
  if (event_type === 'action.completed') return evidence['outcome'] !== 'done';
  if (event_type === 'run.ended') return evidence['exitReason'] !== 'COMPLETED';
  if (event_type === 'attempt.failed' || event_type === 'store.degraded') return true;
  return ['AUTH_REFUSED', 'RESTART_BLOCKED', 'ORPHAN_REAPED'].includes(action ?? '');
}

const FIELDS: Readonly<Record<string, (item: TimelineItem, runName: string) => unknown>> = {
  action: ({ action }) => action,
  actor: ({ actor }) => actor,
  rule: ({ evidence }) => evidence['ruleId'],
  detector: ({ evidence }) => evidence['ruleId'],
  run: ({ run_id }, runName) => `${run_id} ${runName}`,
  incident: ({ incident_id }) => incident_id,
  event: ({ event_type }) => event_type,
  reason: ({ evidence }) => evidence['exitReason'],
};

/** Whether an item, of the run of that name, is what the words ask for; a pattern that is none finds nothing. */
export function matches(item: TimelineItem, runName: string, words: string): boolean {
  const trimmed = words.trim();
  if (trimmed === '') return true;
  const pattern = patternOf(trimmed);
  if (pattern === null) return false;
  const text = [
    item.title,
    item.summary,
    item.reason,
    item.actor,
    item.run_id,
    item.incident_id,
    runName,
  ].join(' ');
  if (pattern !== undefined) return pattern.test(text);
  return trimmed.split(/\s+/).every((word) => {
    const [, name = '', value = ''] = /^(\w+):(.+)$/.exec(word) ?? [];
    const field = FIELDS[name];
    const within = field ? String(field(item, runName) ?? '') : text;
    return within.toLowerCase().includes((field ? value : word).toLowerCase());
  });
}

/** What is wrong with the words, or null. */
export function wordProblem(words: string): string | null {
  return patternOf(words.trim()) === null
    ? 'The pattern between the slashes is not a regular expression.'
    : null;
}

const PATTERN_CHARS_MAX = 200;

/** undefined: it is no pattern; null: it is none that can be read. */
function patternOf(words: string): RegExp | null | undefined {
  const source = /^\/(.+)\/$/.exec(words)?.[1];
  if (source === undefined) return undefined;
  if (source.length > PATTERN_CHARS_MAX) return null;
  try {
    return new RegExp(source, 'i');
  } catch {
    return null;
  }
}
