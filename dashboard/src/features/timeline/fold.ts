// Puts the events of an incident together, and folds the time in which nothing happened.

import type { TimelineItem } from '../../../../src/contract/timeline.ts';

/** A part of the timeline, newest first. */
export type Part =
  | { readonly type: 'event'; readonly item: TimelineItem }
  | {
      readonly type: 'incident';
      readonly incidentId: string;
      readonly items: readonly TimelineItem[];
    }
  | { readonly type: 'idle'; readonly key: string; readonly durationMs: number }
  | { readonly type: 'day'; readonly at: string };

/** Silence longer than this is folded into one line. */
const IDLE_MS = 10 * 60_000;

/** Folds a timeline that is newest first. An incident stands where its newest event stands. */
export function fold(items: readonly TimelineItem[]): readonly Part[] {
  const parts: Part[] = [];
  const incidents = groupByIncident(items);
  const told = new Set<string>();
  let before: TimelineItem | null = null;
  for (const item of items) {
    const members = item.incident_id === null ? undefined : incidents.get(item.incident_id);
    if (before) parts.push(...between(before, item));
    else parts.push({ type: 'day', at: item.timestamp });
    before = item;
    if (!members || members.length === 1 || item.incident_id === null)
      parts.push({ type: 'event', item });
    else if (!told.has(item.incident_id)) {
      parts.push({ type: 'incident', incidentId: item.incident_id, items: members });
    }
    if (item.incident_id !== null) told.add(item.incident_id);
  }
  return parts;
}

function groupByIncident(
  items: readonly TimelineItem[],
): ReadonlyMap<string, readonly TimelineItem[]> {
  const groups = new Map<string, TimelineItem[]>();
  for (const item of items) {
    if (item.incident_id === null) continue;
    const group = groups.get(item.incident_id);
    if (group) group.push(item);
    else groups.set(item.incident_id, [item]);
  }
  return groups;
}

function between(newer: TimelineItem, older: TimelineItem): Part[] {
  const durationMs = Date.parse(newer.timestamp) - Date.parse(older.timestamp);
  const parts: Part[] = [];
  if (durationMs > IDLE_MS) parts.push({ type: 'idle', key: `idle-${older.seq}`, durationMs });
  if (new Date(newer.timestamp).toDateString() !== new Date(older.timestamp).toDateString()) {
    parts.push({ type: 'day', at: older.timestamp });
  }
  return parts;
}
