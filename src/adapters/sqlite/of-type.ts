// Asks for events of one type by their index.

import type { EventType } from '../../core/event.ts';

/** The index leaves out decisions, which are most of all events; SQLite takes it only for who says so too. */
export const ofType = (type: Exclude<EventType, 'decision.made'>, of = 'events'): string =>
  `${of}.type = '${type}' AND ${of}.type <> 'decision.made'`;
