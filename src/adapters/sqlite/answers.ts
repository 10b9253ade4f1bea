// The answers that were given under an Idempotency-Key, so that an API that starts anew still knows them. Of key and
// question there are digests only.

import { hash } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { AnswerMemory } from '../../ports.ts';
import { inTransaction } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

export class SqliteAnswers implements AnswerMemory {
  readonly #handle: DatabaseSync;
  readonly #now: () => EpochMs;

  constructor(handle: DatabaseSync, now: () => EpochMs) {
    this.#handle = handle;
    this.#now = now;
  }

  find(key: string, question: string): string | 'another-question' | null {
    const row = this.#handle
      .prepare('SELECT question, answer FROM api_answers WHERE digest = ? AND at_ms > ?')
      .get(digestOf(key), this.#oldest());
    if (typeof row?.['answer'] !== 'string') return null;
    return row['question'] === digestOf(question) ? row['answer'] : 'another-question';
  }

  keep(key: string, question: string, answer: string, requestId: string): void {
    inTransaction(this.#handle, () => {
      this.#handle
        .prepare(
          `INSERT OR REPLACE INTO api_answers (digest, question, request_id, after_seq, answer, at_ms)
           VALUES (?, ?, ?, 0, ?, ?)`,
        )
        .run(digestOf(key), digestOf(question), requestId, answer, this.#now());
      this.#handle
        .prepare(
          `DELETE FROM api_answers WHERE at_ms <= ? OR digest NOT IN
           (SELECT digest FROM api_answers ORDER BY at_ms DESC LIMIT ?)`,
        )
        .run(this.#oldest(), LIMITS.apiAnswersKept);
    });
  }

  #oldest(): EpochMs {
    return epochMs(this.#now() - LIMITS.apiAnswersKeptMs);
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'hex');
