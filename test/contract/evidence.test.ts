import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packTar } from '../../src/adapters/evidence/tar.ts';
import { evidenceTools as tools } from '../../src/adapters/evidence/tools.ts';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { epochMs } from '../../src/core/time.ts';
import { exportBundle } from '../../src/ops/evidence.ts';
import { buildReport } from '../../src/ops/report.ts';
import { verifyBundle } from '../../src/ops/verify-bundle.ts';
import { anEvent, aSample, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let place: ReturnType<typeof scratch>;
let store: Store;
const path = () => place.path('flowforge.db');
const open = (masterKey: Uint8Array | null = null) =>
  openStore({ path: path(), clock, ids: countingIds, masterKey });
const INCIDENT = 'inc_a' as IncidentId;
const KEY = new Uint8Array(32).fill(7);

beforeEach(() => {
  clock = new FakeClock();
  place = scratch();
  store = open();
});
afterEach(() => {
  store.close();
  place.remove();
});

/** A run that looped and was stopped, between events of another run. */
function tellStory(): void {
  const other = { runId: 'run_other' as RunId };
  const mine = { incidentId: INCIDENT };
  store.log.append(
    [
      anEvent('run.started', {}, other),
      anEvent('run.started', { argv: ['node', '<script>alert(1)</script>'] }),
      anEvent('attempt.started'),
      anEvent('attempt.started', {}, other),
      anEvent('decision.made', {}, mine),
      anEvent('incident.opened', { reason: 'a `loop` | of 7 lines' }, mine),
      anEvent('tree.frozen', { lastLines: ['<img src=x onerror=alert(1)>', '```', 'last'] }, mine),
      anEvent('action.intended', {}, mine),
      anEvent('action.completed', {}, mine),
      anEvent('attempt.ended'),
      anEvent('incident.closed', {}, mine),
      anEvent('run.ended', { exitReason: 'LOOP_DETECTED' }),
      anEvent('run.ended', {}, other),
    ],
    'durable',
  );
  for (let i = 0; i < 30; i++) {
    const at = epochMs(Date.UTC(2026, 0, 1) + i * 1000);
    store.log.appendSample('run_1' as RunId, 1, at, aSample({ cpuPercent: (i % 2) * 100 }));
  }
  store.flush();
}

const bundle = (about: Parameters<typeof exportBundle>[0]['about'] = { id: INCIDENT }) =>
  exportBundle({
    about,
    reader: store.reader,
    archive: store.archive,
    tools,
    now: clock.now(),
    version: '2.0.0',
  });

/** A signed note with one letter of its signature changed: one in the middle, as the last may hold unused bits. */
function withAnotherSignature(note: SQLOutputValue): string {
  return String(note).replace(/(?<=\n\n— \S+ \S{20})\S/, (letter) => (letter === 'A' ? 'B' : 'A'));
}

describe('a whole database', () => {
  it('verifies as it was written, by one process after another', () => {
    tellStory();
    store.close();
    store = open();
    tellStory2();
    store.close();
    expect(verifyDatabase(path())).toMatchObject({
      ok: true,
      eventCount: 15,
      signedSeq: 15,
      notes: [],
    });
  });
  const tellStory2 = () =>
    store.log.append([anEvent('run.started'), anEvent('run.ended')], 'durable');

  it('is signed every thousand events, every minute, and at each incident', () => {
    const seqs = () =>
      new DatabaseSync(path(), { readOnly: true })
        .prepare('SELECT seq FROM checkpoints ORDER BY seq')
        .all()
        .map(({ seq }) => seq);
    const record = (count: number) =>
      store.log.append(
        Array.from({ length: count }, () => anEvent('run.started')),
        'durable',
      );
    record(1);
    record(1);
    expect(seqs()).toEqual([1]);
    clock.advance(LIMITS.checkpointMs);
    record(1);
    record(999);
    record(1);
    expect(seqs()).toEqual([1, 3, 1003]);
    store.log.append([anEvent('incident.opened', {}, { incidentId: INCIDENT })], 'durable');
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
    tellStory();
    store.close();
    const db = new DatabaseSync(path());
    for (const { name } of db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .all()) {
      db.exec(`DROP TRIGGER ${name}`);
    }
    mutate(db);
    db.close();
    const { ok, faults } = verifyDatabase(path());
    expect({ ok, seq: faults[0]?.seq }).toEqual({ ok: false, seq: firstBad });
  });

  it('gives away an edit whose links were all made anew', () => {
    tellStory();
    store.close();
    const db = new DatabaseSync(path());
    db.exec('DROP TRIGGER events_are_never_changed');
    const copy = place.path('forged.db');
    db.exec(`VACUUM INTO '${copy}'`);
    db.close();
    relink(copy);
    copyFileSync(copy, path());
    expect(verifyDatabase(path()).faults[0]?.problem).toContain('not those that were signed');
  });

  it('gives away an old copy that was put back', () => {
    tellStory();
    store.close();
    copyFileSync(path(), place.path('old.db'));
    store = open();
    store.log.append([anEvent('incident.opened', {}, { incidentId: INCIDENT })], 'durable');
    store.close();
    copyFileSync(place.path('old.db'), path());
    expect(verifyDatabase(path()).faults[0]).toMatchObject({
      problem: 'event 14 was signed and is gone',
    });
  });

  it('gives away another key', () => {
    tellStory();
    store.close();
    const { publicKeyPem } = openElsewhere();
    expect(verifyDatabase(path(), publicKeyPem).ok).toBe(false);
  });

  it('is pruned without losing the proof', async () => {
    const { pruneStore } = await import('../../src/adapters/sqlite/prune.ts');
    tellStory();
    store.close();
    const result = pruneStore(path(), { before: (clock.now() + 1) as never, now: clock.now() });
    expect(result.eventCount).toBe(13);
    store = open();
    store.log.append([anEvent('run.started')], 'durable');
    store.close();
    expect(verifyDatabase(path())).toMatchObject({ ok: true, firstSeq: 14, eventCount: 1 });
    const db = new DatabaseSync(path());
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only');
    db.close();
  });
});

/** The public key of another installation. */
function openElsewhere(): { publicKeyPem: string } {
  const other = openStore({ path: place.path('other.db'), clock, ids: countingIds });
  const { publicKeyPem } = other.archive;
  other.close();
  return { publicKeyPem };
}

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

describe('a bundle', () => {
  it('tells one incident in full, of other runs only digests, and verifies', () => {
    tellStory();
    const { bytes, manifest } = bundle();
    expect(manifest).toMatchObject({ firstSeq: 2, lastSeq: 12, eventCount: 10, digestCount: 2 });
    const files = tools.unpack(bytes);
    expect(files.get('chain.tsv')).not.toContain('run_other');
    expect(verifyBundle(bytes, tools, store.archive.publicKeyPem)).toMatchObject({
      ok: true,
      notes: [],
    });
    expect(verifyBundle(bytes, tools).notes).toHaveLength(1);
  });

  it('is the same file for the same evidence', () => {
    tellStory();
    expect(Buffer.from(bundle().bytes).equals(Buffer.from(bundle().bytes))).toBe(true);
  });

  it('covers a period, and a run', () => {
    tellStory();
    expect(bundle({ since: 0 as never }).manifest.eventCount).toBe(13);
    expect(bundle({ id: 'run_1' }).manifest.eventCount).toBe(10);
  });

  const edit = (bytes: Uint8Array, change: (files: Map<string, string>) => void): Uint8Array => {
    const files = new Map(tools.unpack(bytes));
    change(files);
    return packTar(files);
  };
  const inChain = (files: Map<string, string>, from: string | RegExp, to: string) =>
    files.set('chain.tsv', (files.get('chain.tsv') ?? '').replace(from, to));

  it('names the first bad row when an event was edited', () => {
    tellStory();
    const bad = edit(bundle().bytes, (files) => inChain(files, 'of 7 lines', 'of 8 lines'));
    const { ok, faults } = verifyBundle(bad, tools);
    expect({ ok, first: faults[0] }).toEqual({
      ok: false,
      first: { seq: 6, problem: 'event 6 is not what was recorded' },
    });
  });

  it.each<[string, (files: Map<string, string>) => void]>([
    ['a removed row', (files) => inChain(files, /8\t.*\n/, '')],
    ['a row reduced to a digest', (files) => inChain(files, /\[8,.*\]/, '0'.repeat(64))],
    ['an edited report', (files) => files.set('report.md', 'all was well')],
    [
      'an edited manifest',
      (files) =>
        files.set('manifest.json', (files.get('manifest.json') ?? '').replace('2.0.0', '3.0.0')),
    ],
    ['an added file', (files) => files.set('extra.txt', 'x')],
    ['a removed file', (files) => files.delete('report.md')],
    ['another public key', (files) => files.set('public-key.pem', openElsewhere().publicKeyPem)],
    [
      'a checkpoint of another log',
      (files) =>
        files.set('checkpoint.txt', (files.get('checkpoint.txt') ?? '').replace(/log_./, 'log_x')),
    ],
  ])('gives away %s', (_name, change) => {
    tellStory();
    expect(verifyBundle(edit(bundle().bytes, change), tools).ok).toBe(false);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, 2_000)],
    ['with something behind its end', (bytes) => Buffer.concat([bytes, Buffer.alloc(512)])],
    [
      'with a path in a name',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('chain.tsv', '../etc/xx'), 'latin1'),
    ],
    ['that is none', () => Buffer.from('PK\u0003\u0004')],
  ])('is refused when it is %s', (_name, change) => {
    tellStory();
    const bad = change(Buffer.from(bundle().bytes));
    expect(() => verifyBundle(bad, tools)).toThrow('bundle');
  });

  it('is verified alike by a program that knows nothing of FlowForge', () => {
    tellStory();
    const good = bundle().bytes;
    const bad = edit(good, (files) => inChain(files, 'of 7 lines', 'of 8 lines'));
    writeFileSync(place.path('good.tar'), good);
    const files = new Map(tools.unpack(bad));
    writeFileSync(place.path('bad.tar'), packTar(files));
    const verify = (name: string) =>
      spawnSync('python3', ['test/support/verify_bundle.py', place.path(name)], {
        encoding: 'utf8',
      });
    expect(verify('good.tar')).toMatchObject({
      status: 0,
      stdout: 'ok: 10 events, signed up to 13\n',
    });
    expect(verify('bad.tar').status).toBe(4);
  });
});

describe('a report', () => {
  it('is one page that nothing can be smuggled into', () => {
    tellStory();
    const { html, markdown, json } = buildReport(store.reader, INCIDENT, clock.now());
    expect(html).not.toMatch(/<script|<img|https?:|<[^>]*\son\w+=/i);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('<polyline');
    expect(html).toContain("default-src 'none'");
    expect(markdown).toContain('````\n<img src=x onerror=alert(1)>\n```\nlast\n````');
    expect(markdown).toContain('nothing (echild)');
    expect(JSON.parse(json).incident.exitReason).toBe('LOOP_DETECTED');
  });

  it('cannot be made of an incident that is not there', () => {
    expect(() => buildReport(store.reader, 'inc_none', clock.now())).toThrow('no incident');
  });
});

describe('content with a master key', () => {
  const SECRETS = [
    '/srv/private-dir',
    'private-argument',
    'private-line',
    'private-reason',
    'private-job',
  ];
  const tellSecrets = () => {
    store.close();
    rmSync(path());
    store = open(KEY);
    store.log.append(
      [
        anEvent('run.started', {
          argv: ['node', 'private-argument'],
          cwd: '/srv/private-dir',
          jobKey: 'private-job',
        }),
        anEvent('incident.opened', { reason: 'private-reason' }, { incidentId: INCIDENT }),
        anEvent('tree.frozen', { lastLines: ['private-line'] }, { incidentId: INCIDENT }),
        anEvent('restart.scheduled'),
      ],
      'durable',
    );
  };
  const bytesOnDisk = () =>
    ['', '-wal'].map((side) => readFileSync(path() + side, 'latin1')).join('');

  it('is nowhere in the files, and read back with the key', () => {
    tellSecrets();
    for (const secret of SECRETS) expect(bytesOnDisk()).not.toContain(secret);
    expect(store.reader.runs().items[0]).toMatchObject({
      argv: ['node', 'private-argument'],
      jobKey: 'private-job',
    });
    expect(store.reader.restartsOf('private-job', 0 as never)).toHaveLength(1);
  });

  it('shows as sealed without the key, the metadata as it is, and takes no new plaintext', () => {
    tellSecrets();
    store.close();
    store = open();
    expect(store.advice.join()).toContain('no master key');
    expect(store.reader.incidents().items[0]).toMatchObject({
      exitReason: 'WATCHDOG_ALERT',
      reason: '(sealed)',
    });
    expect(store.reader.runs().items[0]).toMatchObject({
      argv: ['(sealed)', '(sealed)'],
      profile: 'standard',
    });
    store.log.append([anEvent('run.started', { argv: ['private-argument'] })], 'durable');
    expect(bytesOnDisk()).not.toContain('private-argument');
    expect(verifyDatabase(path()).ok).toBe(true);
  });

  it('does not open when it was moved to another row', () => {
    tellSecrets();
    store.close();
    const db = new DatabaseSync(path());
    db.exec('DROP TRIGGER events_are_never_changed');
    db.exec('UPDATE events SET sealed = (SELECT sealed FROM events WHERE seq = 2) WHERE seq = 1');
    db.close();
    store = open(KEY);
    expect(store.reader.runs().items[0]?.argv).toEqual(['(sealed)', '(sealed)']);
  });

  it('is read with the new master key after a rotation, and no longer with the old', async () => {
    const { rotateStoreKey } = await import('../../src/adapters/sqlite/rotate.ts');
    tellSecrets();
    const to = new Uint8Array(32).fill(9);
    rotateStoreKey(path(), { from: KEY, to, now: clock.now() });
    // A process that runs with the old key goes on.
    expect(
      store.log.append([anEvent('run.started', { argv: ['private-argument'] })], 'durable'),
    ).toBe('stored');
    store.close();
    store = open(to);
    expect(store.reader.runs().items.map(({ argv }) => argv.at(-1))).toEqual([
      'private-argument',
      'private-argument',
    ]);
    store.close();
    store = open(KEY);
    expect(store.reader.runs().items[0]?.argv[0]).toBe('(sealed)');
    expect(() =>
      rotateStoreKey(path(), { from: new Uint8Array(32), to, now: clock.now() }),
    ).toThrow('opens nothing');
  });

  it('is refused with a key of the wrong length', () => {
    store.close();
    expect(() => open(new Uint8Array(16))).toThrow('16 bytes');
  });

  it('never uses a nonce twice', () => {
    tellSecrets();
    for (let i = 0; i < 300; i++) store.log.append([anEvent('audit.noted')], 'grouped');
    store.flush();
    const db = new DatabaseSync(path(), { readOnly: true });
    const nonces = db.prepare('SELECT hex(substr(sealed, 10, 12)) AS nonce FROM events').all();
    expect(new Set(nonces.map(({ nonce }) => nonce)).size).toBe(304);
    db.close();
  });
});

describe('a backup', () => {
  it('holds everything, verifies, and never overwrites a file', async () => {
    const { backUpStore } = await import('../../src/adapters/sqlite/backup.ts');
    tellStory();
    const to = place.path('backup.db');
    expect(backUpStore(path(), to)).toMatchObject({ eventCount: 13 });
    cpSync(`${path()}.signing-key`, `${to}.signing-key`);
    expect(verifyDatabase(to).ok).toBe(true);
    expect(execFileSync('sqlite3', [to, 'PRAGMA integrity_check'], { encoding: 'utf8' })).toBe(
      'ok\n',
    );
    expect(() => backUpStore(path(), to)).toThrow('exists');
  });
});
