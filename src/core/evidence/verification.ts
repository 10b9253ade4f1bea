// Follows a chain row by row and says where it first breaks.

import { linkLeaf, type Sha256 } from './chain.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';

/** Something that is not as it was recorded. */
export interface Fault {
  /** The first bad row, or null where no single row is at fault. */
  readonly seq: number | null;
  readonly problem: string;
}

/** What checking evidence came to. */
export interface Verification {
  readonly ok: boolean;
  readonly logId: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly eventCount: number;
  readonly checkpointCount: number;
  /** The last row that a signature covers. */
  readonly signedSeq: number;
  /** First bad row first; at most a few, for after the first all may follow from it. */
  readonly faults: readonly Fault[];
  /** What a person should know although nothing is wrong. */
  readonly notes: readonly string[];
}

const FAULTS_MAX = 20;

export class ChainCheck {
  readonly #sha256: Sha256;
  readonly faults: Fault[] = [];
  #seq: number;
  #link: string;

  constructor(sha256: Sha256, before: { readonly seq: number; readonly link: string }) {
    this.#sha256 = sha256;
    this.#seq = before.seq;
    this.#link = before.link;
  }

  get seq(): number {
    return this.#seq;
  }

  get link(): string {
    return this.#link;
  }

  /** Takes the next row by the digest of its line. */
  next(seq: number, leaf: string, link: string): void {
    if (seq !== this.#seq + 1) {
      const missing =
        seq > this.#seq ? `event ${this.#seq + 1} is missing` : 'events are out of order';
      this.fault(Math.min(seq, this.#seq + 1), missing);
    } else if (linkLeaf(this.#sha256, this.#link, leaf) !== link) {
      this.fault(seq, `event ${seq} is not what was recorded`);
    }
    this.#seq = seq;
    // The stored link is followed, so that one bad row does not make all after it bad.
    this.#link = link;
  }

  fault(seq: number | null, problem: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ seq, problem });
  }
}

/** Compares what a checkpoint says with the chain. `text` is null where its signature does not hold. */
export function checkpointFault(
  text: string | null,
  expected: { readonly logId: string; readonly seq: number; readonly link: string | undefined },
): Fault | null {
  const { seq, logId, link } = expected;
  if (text === null) return { seq, problem: `the checkpoint at ${seq} was not signed by this key` };
  const checkpoint: Checkpoint | null = parseCheckpoint(text);
  if (!checkpoint || checkpoint.seq !== seq)
    return { seq, problem: `the checkpoint at ${seq} is not one` };
  if (checkpoint.logId !== logId)
    return { seq, problem: `the checkpoint at ${seq} is of another log` };
  if (link === undefined) return { seq, problem: `event ${seq} was signed and is gone` };
  if (checkpoint.link === link) return null;
  return { seq, problem: `the events up to ${seq} are not those that were signed` };
}

/** Faults in the order of their rows; those without a row last. */
export const inOrder = (faults: readonly Fault[]): readonly Fault[] =>
  [...faults].sort(
    (a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER),
  );
