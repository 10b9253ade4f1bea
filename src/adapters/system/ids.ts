// Makes ids: a prefix that says of what, and a UUIDv7, so that ids sort by the time they were made.

import { uuidv7obj } from 'uuidv7';
import {
  type EventId,
  ID_PREFIX,
  type IncidentId,
  type IntentId,
  type RunId,
} from '../../core/id.ts';
import type { IdSource } from '../../ports.ts';

/** Ids of one process increase strictly, also within a millisecond and when the wall clock goes back. */
export const systemIds: IdSource = {
  runId: () => make(ID_PREFIX.run) as RunId,
  incidentId: () => make(ID_PREFIX.incident) as IncidentId,
  eventId: () => make(ID_PREFIX.event) as EventId,
  intentId: () => make(ID_PREFIX.intent) as IntentId,
};

const make = (prefix: string): string => prefix + uuidv7obj().toHex();
