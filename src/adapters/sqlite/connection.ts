// The open database with everything that writes into it; closed and opened anew as a whole.

import type { EpochMs } from '../../core/time.ts';
import { Checkpoints, isSignedAtOnce } from './checkpoints.ts';
import { fileChange, type OpenDatabase, openDatabase } from './database.ts';
import type { EncodedEvent } from './event-codec.ts';
import { EventWriter } from './event-writer.ts';
import type { Keyring } from './keyring.ts';
import { SampleTable } from './sample-table.ts';
import type { TimedSample } from './sample-thinning.ts';
import { Signer, signingKeyAt } from './signing-key.ts';

const ROLL_UP_EVERY_MS = 60_000;

/** What is written in one transaction. */
export interface Batch {
  readonly events: readonly EncodedEvent[];
  readonly samples: readonly TimedSample[];
  /** Some of the events may be there already. */
  readonly again: boolean;
  /** The end of the chain is to be signed, due or not. */
  readonly sign: boolean;
}

export class Connection {
  readonly #path: string;
  readonly database: OpenDatabase;
  readonly #writer: EventWriter;
  readonly #samples: SampleTable;
  readonly #checkpoints: Checkpoints;
  #rolledUpAt: EpochMs | null = null;

  /** @throws FlowForgeError FF_STORE_UNAVAILABLE, FF_STORE_NEWER, FF_STORE_CORRUPT · CorruptDatabase */
  constructor(path: string, now: EpochMs) {
    this.#path = path;
    this.database = openDatabase(path, now);
    this.#writer = new EventWriter(this.database);
    this.#samples = new SampleTable(this.database.handle);
    this.#checkpoints = new Checkpoints(path, this.database, () => this.signer());
  }

  /** The key that signs for this database. */
  signer(): Signer {
    return new Signer(signingKeyAt(signingKeyPath(this.#path)), this.database.logId);
  }

  /** Puts the keys of sealed content where it will lie. */
  install(keyring: Keyring, now: EpochMs): void {
    keyring.install(this.database.handle, now);
  }

  /** Writes a batch; durable when it returns. */
  write({ events, samples, again, sign }: Batch, now: EpochMs): void {
    const must = sign || events.some(({ type }) => isSignedAtOnce(type));
    this.#writer.write(
      events,
      (head) => {
        this.#samples.insert(samples);
        for (const event of events) this.#keepReadingsOf(event);
        this.#rollUp(now);
        this.#checkpoints.sign(head, now, must);
      },
      again,
    );
    this.#checkpoints.publish();
  }

  /** What became of the file under its name since it was opened. */
  fileChange(): 'deleted' | 'replaced' | null {
    return fileChange(this.#path, this.database.identity);
  }

  /** Lets go of the database; a failure to close leaves nothing to be done about it. */
  close(): void {
    try {
      this.database.handle.close();
    } catch {
      // The handle is given up either way.
    }
  }

  /** Until they end, incidents are told by two events; what lies before each is kept as fine as it is by then. */
  #keepReadingsOf({ type, runId, atMs }: EncodedEvent): void {
    if (runId === null || (type !== 'incident.opened' && type !== 'incident.closed')) return;
    this.#samples.keepFine(runId, atMs);
  }

  #rollUp(now: EpochMs): void {
    if (this.#rolledUpAt !== null && Math.abs(now - this.#rolledUpAt) < ROLL_UP_EVERY_MS) return;
    this.#rolledUpAt = now;
    this.#samples.rollUp(now);
  }
}

/** Where the key lies that signs for the database at `path`. */
export const signingKeyPath = (path: string): string => `${path}.signing-key`;
