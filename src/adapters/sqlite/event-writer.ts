// Writes events into an open database: numbers them, links them to the chain, all within one transaction.

import { hash } from 'node:crypto';
import { canonicalLine, genesisLink, nextLink } from '../../core/evidence/chain.ts';
import { inTransaction, type OpenDatabase } from './database.ts';
import type { EncodedEvent } from './event-codec.ts';
import type { StatementSync } from './sqlite.ts';

/** The last link of the chain. */
export interface Head {
  readonly seq: number;
  readonly link: string;
}

/** Work of others that belongs into the same transaction, after the events. */
export type Companion = (head: Head) => void;

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** The link before the first row of a log. */
export const genesisOf = (logId: string): string => genesisLink(sha256, logId);

export class EventWriter {
  readonly #database: OpenDatabase;
  readonly #insert: StatementSync;
  readonly #known: StatementSync;
  readonly #last: StatementSync;
  readonly #lastPruned: StatementSync;

  constructor(database: OpenDatabase) {
    const { handle } = database;
    this.#database = database;
    this.#insert = handle.prepare(
      `INSERT INTO events (seq, event_id, host_id, boot_id, run_id, attempt, incident_id, type, version, at_ms,
         monotonic_us, payload, sealed, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#known = handle.prepare('SELECT 1 AS known FROM events WHERE event_id = ?');
    this.#last = handle.prepare('SELECT seq, link FROM events ORDER BY seq DESC LIMIT 1');
    this.#lastPruned = handle.prepare(
      'SELECT upto_seq AS seq, link FROM prunes ORDER BY upto_seq DESC LIMIT 1',
    );
  }

  /**
   * Writes `events` in order; durable when it returns. With `again` some of them may be there already and are left
   * out, so that nothing is ever doubled.
   */
  write(events: readonly EncodedEvent[], companion: Companion, again = false): void {
    inTransaction(this.#database.handle, () => {
      let head = this.head();
      for (const event of events) {
        if (again && this.#known.get(event.eventId)) continue;
        head = this.#link(event, head);
      }
      companion(head);
    });
  }

  /** The end of the chain as it is now. */
  head(): Head {
    const row = this.#last.get() ?? this.#lastPruned.get();
    if (row) return { seq: Number(row['seq']), link: String(row['link']) };
    return { seq: 0, link: genesisOf(this.#database.logId) };
  }

  #link(event: EncodedEvent, before: Head): Head {
    const seq = before.seq + 1;
    const sealedHex = event.sealed ? Buffer.from(event.sealed).toString('hex') : null;
    const link = nextLink(sha256, before.link, canonicalLine({ ...event, seq, sealedHex }));
    const { eventId, hostId, bootId, runId, attempt, incidentId, type, version } = event;
    const { atMs, monotonicUs, payload, sealed } = event;
    const place = [seq, eventId, hostId, bootId, runId, attempt, incidentId] as const;
    this.#insert.run(...place, type, version, atMs, monotonicUs, payload, sealed, link);
    return { seq, link };
  }
}
