// A checkpoint says, signed, how far the chain reached at an instant. Format: a signed note as in C2SP
// (https://c2sp.org/signed-note): text, an empty line, signature lines.

import { type EpochMs, epochMs, toTimestamp } from '../time.ts';

export interface Checkpoint {
  readonly logId: string;
  readonly seq: number;
  readonly link: string;
  readonly at: EpochMs;
}

/** What is signed. */
export const checkpointText = ({ logId, seq, link, at }: Checkpoint): string =>
  `flowforge/${logId}\n${seq}\n${link}\n${toTimestamp(at)}\n`;

/** What is signed when the events up to `seq` were pruned; it never reads as a checkpoint. */
export const pruneText = (marker: Checkpoint & { readonly eventCount: number }): string =>
  `flowforge/${marker.logId} pruned\n${marker.seq}\n${marker.link}\n${toTimestamp(marker.at)}\n${marker.eventCount}\n`;

/** The whole note: text and signature. */
export const toNote = (text: string, signer: string, signature: string): string =>
  `${text}\n— ${signer} ${signature}\n`;

/** Text and signature of a note, or null where it is none. */
export function splitNote(
  note: string,
): { text: string; signer: string; signature: string } | null {
  const parts = /^([\s\S]*\n)\n— (\S+) (\S+)\n$/.exec(note);
  const [, text, signer, signature] = parts ?? [];
  return text && signer && signature ? { text, signer, signature } : null;
}

/** The checkpoint that a text tells, or null where it tells none. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const lines = /^flowforge\/(\S+)\n(\d+)\n([0-9a-f]{64})\n(\S+)\n$/.exec(text);
  const [, logId, seq, link, timestamp] = lines ?? [];
  if (!logId || !seq || !link || !timestamp) return null;
  return { logId, seq: Number(seq), link, at: epochMs(Date.parse(timestamp)) };
}

/** The marker that a text tells, or null where it tells none. */
export function parsePrune(text: string): Checkpoint | null {
  const isMarker = /^flowforge\/\S+ pruned\n/.test(text);
  return isMarker ? parseCheckpoint(text.replace(' pruned\n', '\n').replace(/\d+\n$/, '')) : null;
}
