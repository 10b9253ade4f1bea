// The hash chain over stored events. A row's leaf is the SHA-256 of its canonical line; its link is the SHA-256 of the
// link before it and the leaf. All hashes are lower-case hexadecimal text, so `sha256sum` and any language can follow.

/** SHA-256 of a text (as UTF-8), in lower-case hexadecimal. Injected: the core computes no cryptography. */
export type Sha256 = (text: string) => string;

/** An event as it lies in the database: only whole numbers and texts, so that every language writes it alike. */
export interface StoredRow {
  readonly seq: number;
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
  /** JSON, without the content where that is sealed. */
  readonly payload: string;
  /** Hexadecimal of the sealed payload, or null where nothing is sealed. */
  readonly sealedHex: string | null;
}

/** The row as one line: a JSON array without spaces, in the order of the columns of `events`. */
export const canonicalLine = (row: StoredRow): string =>
  JSON.stringify([
    row.seq,
    row.eventId,
    row.hostId,
    row.bootId,
    row.runId,
    row.attempt,
    row.incidentId,
    row.type,
    row.version,
    row.atMs,
    row.monotonicUs,
    row.payload,
    row.sealedHex,
  ]);

/** The link before the first row. It depends on the log's own id, so that rows of another log never fit. */
export const genesisLink = (sha256: Sha256, logId: string): string =>
  sha256(`flowforge evidence ${logId}`);

/** The link of a row whose canonical line is `line`, after `previous`. */
export const nextLink = (sha256: Sha256, previous: string, line: string): string =>
  linkLeaf(sha256, previous, sha256(line));

/** The link of a row of which only the leaf is known. */
export const linkLeaf = (sha256: Sha256, previous: string, leaf: string): string =>
  sha256(previous + leaf);
