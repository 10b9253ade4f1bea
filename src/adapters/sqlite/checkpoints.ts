// Signs the chain as it grows: in the database, within the transaction of the events, and in a second file after it,
// so that cutting off or rolling back the database shows.

import { closeSync, openSync, writeSync } from 'node:fs';
import { type Checkpoint, checkpointText } from '../../core/evidence/checkpoint.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EpochMs } from '../../core/time.ts';
import type { OpenDatabase } from './database.ts';
import type { Head } from './event-writer.ts';
import type { Signer } from './signing-key.ts';
import type { StatementSync } from './sqlite.ts';

/** Events at whose occurrence the chain is signed at once. */
const SIGNED_AT_ONCE: ReadonlySet<string> = new Set(['incident.opened', 'incident.closed']);

export const isSignedAtOnce = (type: string): boolean => SIGNED_AT_ONCE.has(type);

export const checkpointFile = (databasePath: string): string => `${databasePath}.checkpoints`;

export class Checkpoints {
  readonly #path: string;
  readonly #logId: string;
  readonly #signer: () => Signer;
  readonly #last: StatementSync;
  readonly #insert: StatementSync;
  #unpublished: string | null = null;

  constructor(path: string, { handle, logId }: OpenDatabase, signer: () => Signer) {
    this.#path = checkpointFile(path);
    this.#logId = logId;
    this.#signer = signer;
    this.#last = handle.prepare('SELECT seq, at_ms FROM checkpoints ORDER BY seq DESC LIMIT 1');
    this.#insert = handle.prepare('INSERT INTO checkpoints (seq, at_ms, note) VALUES (?, ?, ?)');
  }

  /** Signs `head` when it is due, or when it must be. Within the caller's transaction. */
  sign({ seq, link }: Head, at: EpochMs, must: boolean): void {
    this.#unpublished = null;
    const last = this.#last.get();
    const events = seq - Number(last?.['seq'] ?? 0);
    if (events <= 0) return;
    const ageMs = Math.abs(at - Number(last?.['at_ms'] ?? 0));
    if (!must && events < LIMITS.checkpointEvents && ageMs < LIMITS.checkpointMs) return;
    const note = this.#note({ logId: this.#logId, seq, link, at });
    if (note === null) return;
    this.#insert.run(seq, Math.round(at), note);
    this.#unpublished = note;
  }

  /** Without its key nothing can be signed; the events are recorded all the same. */
  #note(checkpoint: Checkpoint): string | null {
    try {
      return this.#signer().note(checkpointText(checkpoint));
    } catch {
      return null;
    }
  }

  /** Copies what the transaction signed into the second file, once it is committed. */
  publish(): void {
    if (this.#unpublished === null) return;
    try {
      const fd = openSync(this.#path, 'a', 0o600);
      writeSync(fd, `${this.#unpublished}\n`);
      closeSync(fd);
    } catch {
      // The checkpoint in the database is the one that counts; this copy is against those who cut the database.
    }
    this.#unpublished = null;
  }
}
