// The evidence as it is linked and signed: rows as they lie in the table, checkpoints, the signing key.

import { createHash, createHmac } from 'node:crypto';
import { FlowForgeError } from '../../core/error.ts';
import type { BundleSubject, LinkedRow, SeqRange } from '../../core/evidence/bundle.ts';
import type { Clock, EvidenceArchive } from '../../ports.ts';
import type { Connection } from './connection.ts';
import { genesisOf } from './event-writer.ts';
import type { DatabaseSync } from './sqlite.ts';

export class SqliteArchive implements EvidenceArchive {
  readonly #connection: () => Connection | null;
  readonly #clock: Clock;

  constructor(connection: () => Connection | null, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  get logId(): string {
    return this.#open().database.logId;
  }

  get publicKeyPem(): string {
    return this.#open().signer().publicKeyPem;
  }

  span(subject: BundleSubject): SeqRange | null {
    const [where, values] = whereOf(subject);
    const sql = `SELECT min(seq) AS first, max(seq) AS last FROM events WHERE ${where}`;
    const row = this.#handle()
      .prepare(sql)
      .get(...values);
    if (row?.['first'] === null || row?.['first'] === undefined) return null;
    return { first: Number(row['first']), last: Number(row['last']) };
  }

  rows({ first, last }: SeqRange): { readonly before: string; readonly rows: Iterable<LinkedRow> } {
    const handle = this.#handle();
    const rows = handle.prepare(`${LINKED_ROWS} WHERE seq BETWEEN ? AND ? ORDER BY seq`);
    const before = linkAt(handle, first - 1, this.logId);
    return { before, rows: rows.iterate(first, last) as Iterable<unknown> as Iterable<LinkedRow> };
  }

  checkpointFor(seq: number): { readonly seq: number; readonly note: string } {
    const covering = this.#covering(seq);
    if (covering) return covering;
    this.#open().write({ events: [], samples: [], again: false, sign: true }, this.#clock.now());
    const made = this.#covering(seq);
    if (made) return made;
    throw new FlowForgeError('FF_STORE_UNAVAILABLE', `the chain could not be signed at ${seq}`);
  }

  sign(text: string): string {
    return this.#open().signer().sign(text).toString('base64');
  }

  /** Eight hexadecimal digits that tell equal secrets equal, and nothing else without the signing key. */
  fingerprint(): (secret: string) => string {
    // Ed25519 signs the same text always alike, so the key is the same from run to run and is kept nowhere.
    const signature = this.sign('flowforge fingerprints');
    const key = createHash('sha256').update(signature).digest();
    return (secret) => createHmac('sha256', key).update(secret).digest('hex').slice(0, 8);
  }

  #covering(seq: number): { readonly seq: number; readonly note: string } | null {
    const row = this.#handle()
      .prepare('SELECT seq, note FROM checkpoints WHERE seq >= ? ORDER BY seq LIMIT 1')
      .get(seq);
    return row ? { seq: Number(row['seq']), note: String(row['note']) } : null;
  }

  #handle(): DatabaseSync {
    return this.#open().database.handle;
  }

  #open(): Connection {
    const connection = this.#connection();
    if (connection) return connection;
    throw new FlowForgeError('FF_STORE_UNAVAILABLE', 'the database cannot be read at the moment');
  }
}

/** The link of the row `seq`, or of what stood in its place before it was pruned, or the genesis link. */
export function linkAt(handle: DatabaseSync, seq: number, logId: string): string {
  const row =
    handle.prepare('SELECT link FROM events WHERE seq = ?').get(seq) ??
    handle.prepare('SELECT link FROM prunes WHERE upto_seq = ?').get(seq);
  return row ? String(row['link']) : genesisOf(logId);
}

/** The rows of `events` in the words of the chain, `LinkedRow`. No generated columns: they cost a look into each payload. */
export const LINKED_ROWS = `SELECT
  seq, event_id AS eventId, host_id AS hostId, boot_id AS bootId, run_id AS runId, attempt, incident_id AS incidentId,
  type, version, at_ms AS atMs, monotonic_us AS monotonicUs, payload,
  CASE WHEN sealed IS NULL THEN NULL ELSE lower(hex(sealed)) END AS sealedHex, link
FROM events`;

function whereOf(subject: BundleSubject): [string, (string | number)[]] {
  switch (subject.type) {
    case 'run':
      return ['run_id = ?', [subject.runId]];
    case 'period':
      return ['at_ms >= ?', [subject.since]];
    case 'incident':
      return subject.runId === null
        ? ['incident_id = ?', [subject.incidentId]]
        : ['run_id = ?', [subject.runId]];
  }
}
