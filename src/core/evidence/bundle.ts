// The parts of a bundle of evidence, and the words they are written in. A bundle proves what happened to a run or an
// incident to somebody who has nothing but the bundle and our public key.

import type { EpochMs } from '../time.ts';
import { canonicalLine, type Sha256, type StoredRow } from './chain.ts';

/** What a bundle is about. */
export type BundleSubject =
  | { readonly type: 'incident'; readonly incidentId: string; readonly runId: string | null }
  | { readonly type: 'run'; readonly runId: string }
  | { readonly type: 'period'; readonly since: EpochMs };

export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

/** A row with the link that the database keeps for it. */
export interface LinkedRow extends StoredRow {
  readonly link: string;
}

export const BUNDLE_FORMAT = 'flowforge-evidence/1';

export const BUNDLE_FILES = {
  manifest: 'manifest.json',
  signature: 'manifest.sig',
  publicKey: 'public-key.pem',
  chain: 'chain.tsv',
  checkpoint: 'checkpoint.txt',
} as const;

/** What a bundle says of itself; signed. */
export interface Manifest {
  readonly format: string;
  readonly logId: string;
  readonly createdAt: string;
  readonly version: string;
  readonly subject: BundleSubject;
  /** Sequence numbers: of the first and last event told of, and of the checkpoint that signs them. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly checkpointSeq: number;
  /** Events in full, and events of other runs of which only the digest is given. */
  readonly eventCount: number;
  readonly digestCount: number;
  readonly sealedCount: number;
  readonly sampleCount: number;
  /** Events in `events.jsonl`, for reading; fewer than `eventCount` where that is very long or of other runs. */
  readonly readableCount: number;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** Whether a bundle about `subject` tells of a row in full. */
export function isAbout(subject: BundleSubject, row: StoredRow): boolean {
  switch (subject.type) {
    case 'period':
      return true;
    case 'run':
      return row.runId === subject.runId;
    case 'incident':
      return (
        row.incidentId === subject.incidentId ||
        (subject.runId !== null && row.runId === subject.runId)
      );
  }
}

/** `chain.tsv`: a line with the link before, then one per row: sequence, link, and the row or only its digest. */
export function chainLine(row: LinkedRow, inFull: boolean, sha256: Sha256): string {
  const line = canonicalLine(row);
  return `${row.seq}\t${row.link}\t${inFull ? line : sha256(line)}`;
}

export const firstChainLine = (firstSeq: number, before: string): string =>
  `${firstSeq - 1}\t${before}\tbefore`;

export const BUNDLE_README = `Evidence of FlowForge
=====================

chain.tsv        every event of the span in order: sequence, link, and the event as a JSON array
                 [seq, event id, host, boot, run, attempt, incident, type, version, wall ms, monotonic us, payload, sealed]
                 or, for events of other runs, only the SHA-256 of that array.
checkpoint.txt   how far the chain reached and its last link, signed (a signed note).
manifest.json    what this bundle holds, with the SHA-256 of every file; manifest.sig is its signature in base64.
public-key.pem   the key that signed. Compare it with the one you got from whom you trust: a bundle cannot vouch
                 for its own key.
The other files are for reading; the manifest covers them as well.

To check with FlowForge:        flowforge evidence verify <this file>

To check without it:
  tar xf <this file>
  base64 -d manifest.sig > sig
  openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in manifest.json -sigfile sig
  sha256sum *                   and compare with manifest.json
  The link of a line is the SHA-256 of the link before it followed by the SHA-256 of the JSON array (both in
  hexadecimal):
      printf '%s%s' "$previous" "$(printf '%s' "$json" | sha256sum | cut -c1-64)" | sha256sum
  The last link stands in checkpoint.txt.
`;
