// Checks a whole database: every link, every signature, and the second file of checkpoints.

import { existsSync, readFileSync } from 'node:fs';
import { FlowForgeError } from '../../core/error.ts';
import { parsePrune } from '../../core/evidence/checkpoint.ts';
import {
  ChainCheck,
  checkpointFault,
  inOrder,
  type Verification,
} from '../../core/evidence/verification.ts';
import { LINKED_ROWS } from './archive.ts';
import { checkpointFile } from './checkpoints.ts';
import { signingKeyPath } from './connection.ts';
import { genesisOf, type Head, sha256 } from './event-writer.ts';
import { requireStore } from './read-store.ts';
import { publicKeyIn, verifiedText } from './signing-key.ts';
import { type DatabaseSync, openToRead } from './sqlite.ts';

/**
 * Checks the database at `path` without changing it.
 *
 * @param publicKeyPem the key to trust; without it, the one beside the database
 * @throws FlowForgeError FF_NOT_FOUND, FF_STORE_CORRUPT where it cannot be read at all
 */
export function verifyDatabase(path: string, publicKeyPem?: string): Verification {
  requireStore(path);
  const key = publicKeyPem ?? publicKeyIn(signingKeyPath(path));
  try {
    const handle = openToRead(path);
    try {
      handle.exec('BEGIN');
      return verifyHandle(handle, key, publishedNotes(path));
    } finally {
      handle.close();
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FlowForgeError('FF_STORE_CORRUPT', `${path} cannot be read: ${message}`, { cause });
  }
}

/** Rows read at once. */
const PAGE_ROWS = 500;

interface Note {
  readonly seq: number;
  readonly note: string;
}

function verifyHandle(
  handle: DatabaseSync,
  key: string | null,
  published: readonly Note[],
): Verification {
  const logId = String(
    handle.prepare("SELECT value FROM meta WHERE name = 'log_id'").get()?.['value'],
  );
  const notes = notesIn(handle);
  const start = startOf(handle, logId, key);
  const check = new ChainCheck(sha256, start.head);
  if (start.problem) check.fault(start.head.seq, start.problem);
  const wanted = new Set([...notes, ...published].map(({ seq }) => seq));
  const links = new Map([[start.head.seq, start.head.link]]);
  let eventCount = 0;
  for (const { seq, line, link } of linkedLines(handle)) {
    check.next(seq, sha256(line), link);
    if (wanted.has(seq)) links.set(seq, link);
    eventCount++;
  }
  const signed =
    key === null ? [] : [...notes, ...published].filter(({ seq }) => seq >= start.head.seq);
  for (const { seq, note } of signed) {
    const text = verifiedText(note, key ?? '');
    const fault = checkpointFault(text, { logId, seq, link: links.get(seq) });
    if (fault) check.fault(fault.seq, fault.problem);
  }
  const signedSeq = Math.max(start.head.seq, ...signed.map(({ seq }) => seq));
  return {
    ok: check.faults.length === 0,
    logId,
    firstSeq: start.head.seq + 1,
    lastSeq: check.seq,
    eventCount,
    checkpointCount: notes.length,
    signedSeq,
    faults: inOrder(check.faults),
    notes: remarks(key, check.seq - signedSeq, start.head.seq),
  };
}

/**
 * Every event as its canonical line and its link. The columns stand in the order of the line, so that rows need no
 * names: this is twice as fast as by `canonicalLine`.
 */
function* linkedLines(
  handle: DatabaseSync,
): Iterable<{ readonly seq: number; readonly line: string; readonly link: string }> {
  const page = handle.prepare(`${LINKED_ROWS} WHERE seq > ? ORDER BY seq LIMIT ${PAGE_ROWS}`);
  // From Node 22.16 on; before, rows come with names.
  if ('setReturnArrays' in page) page.setReturnArrays(true);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows: unknown[] = page.all(after);
    for (const row of rows) {
      const values: unknown[] = Array.isArray(row) ? row : Object.values(row as object);
      const link = String(values.pop());
      after = Number(values[0]);
      yield { seq: after, line: JSON.stringify(values), link };
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

/** Where the chain begins: at the genesis, or behind what was pruned with a signed marker. */
function startOf(
  handle: DatabaseSync,
  logId: string,
  key: string | null,
): { head: Head; problem: string | null } {
  const row = handle
    .prepare('SELECT upto_seq, link, note FROM prunes ORDER BY upto_seq DESC LIMIT 1')
    .get();
  if (!row) return { head: { seq: 0, link: genesisOf(logId) }, problem: null };
  const head = { seq: Number(row['upto_seq']), link: String(row['link']) };
  const text = key === null ? null : verifiedText(String(row['note']), key);
  const marker = text === null ? null : parsePrune(text);
  const isSigned = marker?.seq === head.seq && marker.link === head.link && marker.logId === logId;
  const problem =
    key === null || isSigned
      ? null
      : `the events up to ${head.seq} were removed without a signed marker`;
  return { head, problem };
}

const notesIn = (handle: DatabaseSync): readonly Note[] =>
  handle
    .prepare('SELECT seq, note FROM checkpoints ORDER BY seq')
    .all()
    .map((row) => ({ seq: Number(row['seq']), note: String(row['note']) }));

/** The checkpoints of the second file. A note that was cut off by a power cut is no fault. */
function publishedNotes(path: string): readonly Note[] {
  if (!existsSync(checkpointFile(path))) return [];
  const text = readFileSync(checkpointFile(path), 'utf8');
  return text.split(/(?<=\n— \S+ \S+\n)\n/).flatMap((note) => {
    const seq = Number(/^flowforge\/\S+\n(\d+)\n/.exec(note)?.[1]);
    return Number.isSafeInteger(seq) && note.endsWith('\n') ? [{ seq, note }] : [];
  });
}

function remarks(key: string | null, unsignedCount: number, prunedSeq: number): readonly string[] {
  const said: string[] = [];
  if (key === null)
    said.push('there is no key to check signatures with: only the links were checked');
  if (unsignedCount > 0) said.push(`the last ${unsignedCount} events are not signed yet`);
  if (prunedSeq > 0) said.push(`the events up to ${prunedSeq} were pruned`);
  return said;
}
