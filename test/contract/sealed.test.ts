import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { verifyDatabase } from '../../src/adapters/sqlite/verify.ts';
import { anEvent } from '../support/evidence.ts';

import { evidenceScene, INCIDENT } from '../support/evidence-scene.ts';

const scene = evidenceScene();
const KEY = new Uint8Array(32).fill(7);

describe('content with a master key', () => {
  const SECRETS = [
    '/srv/private-dir',
    'private-argument',
    'private-line',
    'private-reason',
    'private-job',
  ];
  const tellSecrets = () => {
    scene.store.close();
    rmSync(scene.path());
    scene.store = scene.open(KEY);
    scene.store.log.append(
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
    ['', '-wal'].map((side) => readFileSync(scene.path() + side, 'latin1')).join('');

  it('is nowhere in the files, and read back with the key', () => {
    tellSecrets();
    for (const secret of SECRETS) expect(bytesOnDisk()).not.toContain(secret);
    expect(scene.store.reader.runs().items[0]).toMatchObject({
      argv: ['node', 'private-argument'],
      jobKey: 'private-job',
    });
    expect(scene.store.reader.restartsOf('private-job', 0 as never)).toHaveLength(1);
  });

  it('shows as sealed without the key, the metadata as it is, and takes no new plaintext', () => {
    tellSecrets();
    scene.store.close();
    scene.store = scene.open();
    expect(scene.store.advice.join()).toContain('no master key');
    expect(scene.store.reader.incidents().items[0]).toMatchObject({
      exitReason: 'WATCHDOG_ALERT',
      reason: '(sealed)',
    });
    expect(scene.store.reader.runs().items[0]).toMatchObject({
      argv: ['(sealed)', '(sealed)'],
      profile: 'standard',
    });
    scene.store.log.append([anEvent('run.started', { argv: ['private-argument'] })], 'durable');
    expect(bytesOnDisk()).not.toContain('private-argument');
    expect(verifyDatabase(scene.path()).ok).toBe(true);
  });

  it('does not open when it was moved to another row', () => {
    tellSecrets();
    scene.store.close();
    const db = new DatabaseSync(scene.path());
    db.exec('DROP TRIGGER events_are_never_changed');
    db.exec('UPDATE events SET sealed = (SELECT sealed FROM events WHERE seq = 2) WHERE seq = 1');
    db.close();
    scene.store = scene.open(KEY);
    expect(scene.store.reader.runs().items[0]?.argv).toEqual(['(sealed)', '(sealed)']);
  });

  it('is read with the new master key after a rotation, and no longer with the old', async () => {
    const { rotateStoreKey } = await import('../../src/adapters/sqlite/rotate.ts');
    tellSecrets();
    const to = new Uint8Array(32).fill(9);
    rotateStoreKey(scene.path(), { from: KEY, to, now: scene.clock.now() });
    // A process that runs with the old key goes on.
    expect(
      scene.store.log.append([anEvent('run.started', { argv: ['private-argument'] })], 'durable'),
    ).toBe('stored');
    scene.store.close();
    scene.store = scene.open(to);
    expect(scene.store.reader.runs().items.map(({ argv }) => argv.at(-1))).toEqual([
      'private-argument',
      'private-argument',
    ]);
    scene.store.close();
    scene.store = scene.open(KEY);
    expect(scene.store.reader.runs().items[0]?.argv[0]).toBe('(sealed)');
    expect(() =>
      rotateStoreKey(scene.path(), { from: new Uint8Array(32), to, now: scene.clock.now() }),
    ).toThrow('opens nothing');
  });

  it('is refused with a key of the wrong length', () => {
    scene.store.close();
    expect(() => scene.open(new Uint8Array(16))).toThrow('16 bytes');
  });

  it('never uses a nonce twice', () => {
    tellSecrets();
    for (let i = 0; i < 300; i++) scene.store.log.append([anEvent('audit.noted')], 'grouped');
    scene.store.flush();
    const db = new DatabaseSync(scene.path(), { readOnly: true });
    const nonces = db.prepare('SELECT hex(substr(sealed, 10, 12)) AS nonce FROM events').all();
    expect(new Set(nonces.map(({ nonce }) => nonce)).size).toBe(304);
    db.close();
  });
});
