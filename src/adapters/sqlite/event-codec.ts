// Between an event and its row: the payload becomes JSON within its limit, and content is sealed where there is a key.

import type { FlowForgeEvent, UnstoredEvent } from '../../core/event.ts';
import { withoutContent } from '../../core/evidence/open-text.ts';
import { LIMITS } from '../../core/limits.ts';

/** All of a row but what the transaction gives it: its number and its link. */
export interface EncodedEvent {
  readonly eventId: string;
  readonly hostId: string;
  readonly bootId: string;
  readonly runId: string | null;
  readonly attempt: number | null;
  readonly incidentId: string | null;
  readonly type: string;
  readonly version: number;
  readonly atMs: number;
  readonly monotonicUs: number;
  readonly payload: string;
  readonly sealed: Uint8Array | null;
}

/** Seals texts of a row and opens them again; absent where no master key is given. */
export interface Seal {
  /** null: the text is to be withheld. */
  seal(place: string, text: string): Uint8Array | null;
  /** null when no key at hand opens it. */
  open(place: string, sealed: Uint8Array): string | null;
  /** A name for a text that tells nothing about it without the key. */
  pseudonym(text: string): string;
}

/** What binds a sealed payload to its row: table, column and the row's own id. */
const placeOf = (eventId: string): string => `events:payload:${eventId}`;

export function encodeEvent(event: UnstoredEvent, seal: Seal | null): EncodedEvent {
  const { type, version, payload, eventId, hostId, bootId, runId, attempt, incidentId } = event;
  const whole = toJson(payload);
  const row = { eventId, hostId, bootId, runId, attempt, incidentId, type, version };
  const times = { atMs: Math.round(event.at), monotonicUs: Math.round(event.monotonicAt * 1000) };
  if (!seal) return { ...row, ...times, payload: whole, sealed: null };
  const open = withoutContent(JSON.parse(whole)) as Record<string, unknown>;
  if (event.type === 'run.started') open['jobKey'] = seal.pseudonym(event.payload.jobKey);
  const sealed = seal.seal(placeOf(eventId), whole);
  return { ...row, ...times, payload: JSON.stringify(open), sealed };
}

/** A row of `events` as SQLite gives it. */
export type EventRow = Readonly<Record<string, unknown>>;

/** The event of a row. Content that no key at hand opens stays `(sealed)`. */
export function decodeEvent(row: EventRow, seal: Seal | null): FlowForgeEvent {
  const sealed = row['sealed'];
  const eventId = String(row['event_id']);
  const opened = seal && sealed instanceof Uint8Array ? seal.open(placeOf(eventId), sealed) : null;
  return {
    seq: Number(row['seq']),
    eventId,
    hostId: row['host_id'],
    bootId: row['boot_id'],
    runId: row['run_id'],
    attempt: row['attempt'],
    incidentId: row['incident_id'],
    type: row['type'],
    version: row['version'],
    at: row['at_ms'],
    monotonicAt: Number(row['monotonic_us']) / 1000,
    payload: JSON.parse(opened ?? String(row['payload'])),
  } as FlowForgeEvent;
}

/** Shortens the texts of a payload that is too long, halving the longest text allowed until it fits. */
function toJson(payload: unknown): string {
  let json = JSON.stringify(payload);
  for (let max = LIMITS.lineCharsMax; byteLength(json) > LIMITS.eventPayloadBytesMax; max >>= 1) {
    const cut = max;
    json = JSON.stringify(payload, (_key, value) => shorten(value, cut));
    if (max === 0) break;
  }
  return json;
}

const byteLength = (text: string): number => Buffer.byteLength(text);

function shorten(value: unknown, max: number): unknown {
  if (typeof value === 'string' && value.length > max) {
    return `${value.slice(0, max)}… (${value.length - max} more)`;
  }
  const itemsMax = max * 4;
  if (Array.isArray(value) && value.length > itemsMax) return value.slice(0, itemsMax);
  return value;
}
