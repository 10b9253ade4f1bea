import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { evidenceTools as tools } from '../../src/adapters/evidence/tools.ts';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { anEvent } from '../support/evidence.ts';

import { evidenceScene, INCIDENT } from '../support/evidence-scene.ts';

const scene = evidenceScene();

/** A signed note with one letter of its signature changed: one in the middle, as the last may hold unused bits. */
function withAnotherSignature(note: SQLOutputValue): string {
  return String(note).replace(/(?<=\n\n— \S+ \S{20})\S/, (letter) => (letter === 'A' ? 'B' : 'A'));
}

describe('a whole database', () => {
  it('verifies as it was written, by one process after another', () => {
    scene.tellStory();
    scene.store.close();
    scene.store = scene.open();
    tellStory2();
    scene.store.close();
    expect(verifyDatabase(scene.path())).toMatchObject({
      ok: true,
      eventCount: 15,
      signedSeq: 15,
      notes: [],
    });
  });
  const tellStory2 = () =>
    scene.store.log.append([anEvent('run.started'), anEvent('run.ended')], 'durable');

  it('is signed every thousand events, every minute, and at each incident', () => {
    const seqs = () =>
      new DatabaseSync(scene.path(), { readOnly: true })
        .prepare('SELECT seq FROM checkpoints ORDER BY seq')
        .all()
        .map(({ seq }) => seq);
    const record = (count: number) =>
      scene.store.log.append(
        Array.from({ length: count }, () => anEvent('run.started')),
        'durable',
      );
    record(1);
    record(1);
    expect(seqs()).toEqual([1]);
    scene.clock.advance(LIMITS.checkpointMs);
    record(1);
    record(999);
    record(1);
    expect(seqs()).toEqual([1, 3, 1003]);
    scene.store.log.append([anEvent('incident.opened', {}, { incidentId: INCIDENT })], 'durable');
    expect(seqs()).toEqual([1, 3, 1003, 1004]);
  });

  const MUTATIONS: readonly (readonly [string, number | null, (db: DatabaseSync) => void])[] = [
    [
      'an edited payload',
      6,
      (db) => db.exec("UPDATE events SET payload = replace(payload, 'loop', 'l00p') WHERE seq = 6"),
    ],
    ['an edited time', 5, (db) => db.exec('UPDATE events SET at_ms = at_ms + 1 WHERE seq = 5')],
    [
      'an event given to another run',
      4,
      (db) => db.exec("UPDATE events SET run_id = 'run_1' WHERE seq = 4"),
    ],
    ['a removed event', 8, (db) => db.exec('DELETE FROM events WHERE seq = 8')],
    [
      'a removed event with the gap closed',
      8,
      (db) =>
        db.exec('DELETE FROM events WHERE seq = 8; UPDATE events SET seq = seq - 1 WHERE seq > 8'),
    ],
    [
      'two events exchanged',
      4,
      (db) =>
        db.exec(
          'UPDATE events SET seq = 99 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 99',
        ),
    ],
    [
      'an inserted event',
      14,
      (db) =>
        db.exec(
          "INSERT INTO events (seq, event_id, host_id, boot_id, type, version, at_ms, monotonic_us, payload, link) SELECT 14, 'evt_x', host_id, boot_id, type, version, at_ms, monotonic_us, payload, link FROM events WHERE seq = 13",
        ),
    ],
    ['events cut off at the end', 13, (db) => db.exec('DELETE FROM events WHERE seq > 11')],
    [
      'events cut off with their checkpoints',
      13,
      (db) => db.exec('DELETE FROM events WHERE seq > 11; DELETE FROM checkpoints WHERE seq > 11'),
    ],
    ['events removed at the beginning', 1, (db) => db.exec('DELETE FROM events WHERE seq < 3')],
    [
      'a pruning that nobody signed',
      2,
      (db) =>
        db.exec(
          "INSERT INTO prunes SELECT seq, link, 2, 0, 'x' FROM events WHERE seq = 2; DELETE FROM events WHERE seq < 3",
        ),
    ],
    ['an emptied table', 13, (db) => db.exec('DELETE FROM events; DELETE FROM checkpoints')],
    ['another log id', 1, (db) => db.exec("UPDATE meta SET value = 'log_0' WHERE name = 'log_id'")],
    [
      'a forged checkpoint',
      13,
      (db) => {
        db.function('with_another_signature', withAnotherSignature);
        db.exec('UPDATE checkpoints SET note = with_another_signature(note)');
      },
    ],
  ];

  it.each(MUTATIONS)('gives away %s', (_name, firstBad, mutate) => {
    scene.tellStory();
    scene.store.close();
    const db = new DatabaseSync(scene.path());
    for (const { name } of db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .all()) {
      db.exec(`DROP TRIGGER ${name}`);
    }
    mutate(db);
    db.close();
    const { ok, faults } = verifyDatabase(scene.path());
    expect({ ok, seq: faults[0]?.seq }).toEqual({ ok: false, seq: firstBad });
  });

  it('gives away an edit whose links were all made anew', () => {
    scene.tellStory();
    scene.store.close();
    const db = new DatabaseSync(scene.path());
    db.exec('DROP TRIGGER events_are_never_changed');
    const copy = scene.place.path('forged.db');
    db.exec(`VACUUM INTO '${copy}'`);
    db.close();
    relink(copy);
    copyFileSync(copy, scene.path());
    expect(verifyDatabase(scene.path()).faults[0]?.problem).toContain('not those that were signed');
  });

  it('gives away an old copy that was put back', () => {
    scene.tellStory();
    scene.store.close();
    copyFileSync(scene.path(), scene.place.path('old.db'));
    scene.store = scene.open();
    scene.store.log.append([anEvent('incident.opened', {}, { incidentId: INCIDENT })], 'durable');
    scene.store.close();
    copyFileSync(scene.place.path('old.db'), scene.path());
    expect(verifyDatabase(scene.path()).faults[0]).toMatchObject({
      problem: 'event 14 was signed and is gone',
    });
  });

  it('gives away another key', () => {
    scene.tellStory();
    scene.store.close();
    const publicKeyPem = scene.keyOfAnother();
    expect(verifyDatabase(scene.path(), publicKeyPem).ok).toBe(false);
  });

  it('is pruned without losing the proof', async () => {
    const { pruneStore } = await import('../../src/adapters/sqlite/prune.ts');
    scene.tellStory();
    scene.store.close();
    const result = pruneStore(scene.path(), {
      before: (scene.clock.now() + 1) as never,
      now: scene.clock.now(),
    });
    expect(result.eventCount).toBe(13);
    scene.store = scene.open();
    scene.store.log.append([anEvent('run.started')], 'durable');
    scene.store.close();
    expect(verifyDatabase(scene.path())).toMatchObject({ ok: true, firstSeq: 14, eventCount: 1 });
    const db = new DatabaseSync(scene.path());
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only');
    db.close();
  });
});

/** Edits an event and makes every link after it anew, as somebody without the signing key can. */
function relink(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("UPDATE events SET payload = replace(payload, 'loop', 'l00p') WHERE seq = 6");
  let link = String(db.prepare('SELECT link FROM events WHERE seq = 5').get()?.['link']);
  for (const row of db.prepare('SELECT * FROM events WHERE seq > 5 ORDER BY seq').all()) {
    const { seq, event_id, host_id, boot_id, run_id, attempt, incident_id, type, version } = row;
    const line = JSON.stringify([
      seq,
      event_id,
      host_id,
      boot_id,
      run_id,
      attempt,
      incident_id,
      type,
      version,
      row['at_ms'],
      row['monotonic_us'],
      row['payload'],
      null,
    ]);
    link = tools.sha256(link + tools.sha256(line));
    db.prepare('UPDATE events SET link = ? WHERE seq = ?').run(link, Number(seq));
  }
  db.close();
}

describe('a backup', () => {
  it('holds everything, verifies, and never overwrites a file', async () => {
    const { backUpStore } = await import('../../src/adapters/sqlite/backup.ts');
    scene.tellStory();
    const to = scene.place.path('backup.db');
    expect(backUpStore(scene.path(), to)).toMatchObject({ eventCount: 13 });
    cpSync(`${scene.path()}.signing-key`, `${to}.signing-key`);
    expect(verifyDatabase(to).ok).toBe(true);
    expect(execFileSync('sqlite3', [to, 'PRAGMA integrity_check'], { encoding: 'utf8' })).toBe(
      'ok\n',
    );
    expect(() => backUpStore(scene.path(), to)).toThrow('exists');
  });
});
