// Whether the database really takes a write and its end is what was recorded: asked anew each time, on a connection of its own.

import { existsSync } from 'node:fs';
import { canonicalLine } from '../../core/evidence/chain.ts';
import { ChainCheck } from '../../core/evidence/verification.ts';
import type { EvidenceArchive, EvidenceReader, ReadinessCheck } from '../../ports.ts';
import { sha256 } from './event-writer.ts';
import { openFile } from './sqlite.ts';

const BUSY_MS = 500;
/** Events at the end of the chain that are linked anew. */
const HEAD_EVENTS = 16;

/** Writes a row and waits until it would survive a power cut. Says what went wrong, or null. */
export function probeWrite(path: string): string | null {
  if (!existsSync(path)) return 'the file is gone';
  try {
    const handle = openFile(path);
    try {
      handle.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA synchronous = FULL; BEGIN IMMEDIATE`);
      handle.exec(
        "INSERT INTO meta VALUES ('probed', '1') ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1",
      );
      handle.exec('COMMIT');
    } finally {
      handle.close();
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the last events are linked as they were recorded. */
export function probeChain(
  reader: Pick<EvidenceReader, 'lastSeq' | 'eventsAfter'>,
  archive: EvidenceArchive,
): Pick<ReadinessCheck, 'state' | 'detail'> {
  try {
    const last = reader.lastSeq();
    if (last === 0) return { state: 'ok', detail: 'no events yet' };
    const wanted = Math.max(1, last - HEAD_EVENTS + 1);
    // What came before may have been pruned.
    const first = reader.eventsAfter(wanted - 1, 1)[0]?.seq ?? last + 1;
    const { before, rows } = archive.rows({ first, last });
    const check = new ChainCheck(sha256, { seq: first - 1, link: before });
    for (const row of rows) check.next(row.seq, sha256(canonicalLine(row)), row.link);
    const [fault] = check.faults;
    return fault
      ? { state: 'fail', detail: fault.problem }
      : { state: 'ok', detail: `verified up to event ${check.seq}` };
  } catch (error) {
    return { state: 'fail', detail: error instanceof Error ? error.message : String(error) };
  }
}
