// How an event stands in a list.

import type { TimelineItem } from '../../../src/contract/timeline.ts';

/** Long commands are told whole on the page of their run. */
const COMMAND_CHARS_MAX = 160;

/** Classes of an event: its type, and `calm` for a decision that all is well. */
export const kindOf = ({ type, action }: TimelineItem): string =>
  type === 'decision' && (action === 'none' || action === null) ? 'decision calm' : type;

export function summaryOf({ event_type, summary }: TimelineItem): string {
  if (event_type !== 'run.started' || summary.length <= COMMAND_CHARS_MAX) return summary;
  return `${summary.slice(0, COMMAND_CHARS_MAX)} …`;
}
