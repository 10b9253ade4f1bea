import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, countingIds } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly hint: string | null;
}

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const dbOf = (world: World): string => world.env['FLOWFORGE_DB_PATH'] ?? '';
const stateOf = (world: World): string => join(world.folder, 'state', 'flowforge');

/** What doctor says, by name, and the status it ends with. */
async function diagnose(world: World, ...flags: string[]) {
  const { stdout, stderr, code } = await world.run('doctor', ...flags, '--json');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect({ stderr, code }).toEqual({ stderr: '', code: ok ? 0 : 3 });
  return { ok, checks, of: (name: string) => checks.find((it) => it.name === name) };
}

/** A world in which a command has run. */
async function createUsedWorld(): Promise<World> {
  const world = createWorld();
  expect((await world.run('run', '--', 'echo', 'hello')).code).toBe(0);
  return world;
}

describe('flowforge doctor', () => {
  it('says how all stands where nothing has run yet, and makes nothing', async () => {
    const world = createWorld();
    const { ok, checks, of } = await diagnose(world, '--port', '0');
    expect(ok).toBe(true);
    expect(of('Node')?.detail).toBe(process.version);
    expect(of('SQLite')?.detail).toMatch(/3\.\d+/);
    expect(of('containment')?.detail).toMatch(/^(shim|group)/);
    expect(of('cgroup')?.detail).toMatch(/^(v2|hybrid|v1|there are none)/);
    expect(of('evidence')?.detail).toBe(`the first run makes ${dbOf(world)}`);
    expect(of('port')?.detail).toBe('any free one will do');
    // Every line that is not well says what to do; no other does.
    for (const { state, hint } of checks) expect(hint === null).toBe(state === 'ok');
    // What Node has compiled is kept, and nothing else.
    expect(readdirSync(world.folder).filter((name) => name !== '.cache')).toEqual([]);
  });

  it('says how all stands where a command has run', async () => {
    const world = await createUsedWorld();
    const { ok, of } = await diagnose(world, '--port', '0');
    expect(ok).toBe(true);
    expect(of('evidence')).toMatchObject({ state: 'ok', detail: `${dbOf(world)} takes writes` });
    expect(of('pragmas')).toMatchObject({ state: 'ok', detail: 'WAL, synchronous FULL' });
    expect(of('chain')?.detail).toMatch(/^\d+ events verify, up to \d+/);
    expect(of('clock')?.state).toBe('ok');
  });

  it('says in lines what fails and what to do, and ends with 3', async () => {
    const world = createWorld();
    writeFileSync(join(world.folder, 'file'), '');
    const { code, stdout } = await world.run('doctor', '--db', join(world.folder, 'file', 'x.db'));
    expect(code).toBe(3);
    expect(stdout).toMatch(/^fail {2}evidence: .*file is not a folder\n {6}→ make the folder/m);
    expect(stdout).toMatch(/^\d+ ok, \d+ to be known, 1 failed\n$/m);
  });

  it('goes on where the configuration cannot be used', async () => {
    const world = createWorld({ FLOWFORGE_PORT: 'eighty' });
    const { ok, of } = await diagnose(world);
    expect(ok).toBe(false);
    expect(of('configuration')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/FLOWFORGE_PORT/),
    });
    expect(of('containment')).toBeDefined();
    const misspelt = await diagnose(createWorld({ FLOWFORGE_PROT: '1' }), '--port', '0');
    expect(misspelt.checks).toContainEqual(
      expect.objectContaining({ name: 'configuration', state: 'warn' }),
    );
  });

  it('finds keys and evidence that others may read or change', async () => {
    const world = await createUsedWorld();
    chmodSync(`${dbOf(world)}.signing-key`, 0o644);
    chmodSync(dbOf(world), 0o664);
    chmodSync(stateOf(world), 0o777);
    const { of } = await diagnose(world, '--port', '0');
    for (const [name, path] of [
      ['keys', `${dbOf(world)}.signing-key`],
      ['evidence files', dbOf(world)],
      ['state folder', stateOf(world)],
    ] as const) {
      expect(of(name)).toMatchObject({
        state: 'fail',
        hint: expect.stringMatching(`^chmod .*00 ${path}$`),
      });
      // The next step is one that can be taken.
      expect(spawnSync('sh', ['-c', of(name)?.hint ?? 'false']).status).toBe(0);
    }
    expect((await diagnose(world, '--port', '0')).ok).toBe(true);
  });

  it('warns of a key file that everybody may read', async () => {
    const world = createWorld();
    const file = join(world.folder, 'key');
    writeFileSync(file, 'a-key-of-the-test', { mode: 0o644 });
    world.env['FLOWFORGE_API_KEY_FILE'] = file;
    const { of } = await diagnose(world, '--port', '0');
    expect(of('keys')).toMatchObject({ state: 'warn', hint: `chmod o-rwx,g-w ${file}` });
    chmodSync(file, 0o440); // as a container's secret is mounted
    expect((await diagnose(world, '--port', '0')).of('keys')?.state).toBe('ok');
  });

  it('tells a free port from ours, from another FlowForge’s, and from a stranger’s', async () => {
    const world = createWorld();
    const port = await freePort();
    const look = async (...flags: string[]) =>
      (await diagnose(world, '--port', `${port}`, ...flags)).of('port');
    expect(await look()).toMatchObject({ state: 'ok', detail: `${port} on 127.0.0.1 is free` });
    const { child, finished, seen } = world.start(['serve', '--port', `${port}`]);
    await seen('the API answers');
    expect(await look()).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/the API answers on/),
    });
    const other = await look('--db', join(world.folder, 'other.db'));
    expect(other).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/taken by a FlowForge of/),
    });
    child.kill('SIGTERM');
    await finished;
    const stranger = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void stranger.close());
    await new Promise((done) => stranger.once('listening', done));
    expect(await look()).toMatchObject({ state: 'warn', hint: expect.stringMatching(/--port/) });
    world.env['FLOWFORGE_API_KEY'] = 'k'.repeat(64);
    expect(await look('--bind-host', '192.0.2.1')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/EADDRNOTAVAIL/),
    });
  });

  it('fails where the API would not listen for want of a key, as serve does', async () => {
    const world = createWorld({ FLOWFORGE_BIND_HOST: '0.0.0.0' });
    const port = async () => (await diagnose(world, '--port', '0')).of('port');
    expect(await port()).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/there is no key/),
      hint: expect.stringMatching(/^set FLOWFORGE_API_KEY/),
    });
    expect((await world.run('serve', '--port', '0')).code).toBe(2);
    world.env['FLOWFORGE_API_KEY'] = 'k'.repeat(64);
    expect((await port())?.state).toBe('ok');
  });

  it('finds a chain that was changed', async () => {
    const world = await createUsedWorld();
    const database = new DatabaseSync(dbOf(world));
    const triggers = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .all();
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
    database.exec("UPDATE events SET payload = '{}' WHERE seq = 2");
    database.close();
    const { ok, of } = await diagnose(world, '--port', '0');
    expect(ok).toBe(false);
    expect(of('chain')).toMatchObject({
      state: 'fail',
      detail: 'event 2 is not what was recorded',
    });
  });

  it('finds a file that is no database, one that is damaged, one that is newer, and leaves them', async () => {
    const world = await createUsedWorld();
    const text = join(world.folder, 'notes.txt');
    writeFileSync(
      text,
      'these are my notes, and no database at all, of more than a hundred characters',
    );
    expect((await diagnose(world, '--port', '0', '--db', text)).of('evidence')?.state).toBe('fail');
    const damaged = join(world.folder, 'damaged.db');
    const bytes = readFileSync(dbOf(world));
    writeFileSync(damaged, bytes.fill(0xa5, 100), { mode: 0o600 });
    expect((await diagnose(world, '--port', '0', '--db', damaged)).of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/malformed/),
    });
    expect(readFileSync(damaged).equals(bytes)).toBe(true);
    const newer = new DatabaseSync(dbOf(world));
    newer.exec('PRAGMA user_version = 9999');
    newer.close();
    const { size, mtimeMs } = statSync(dbOf(world));
    expect((await diagnose(world, '--port', '0')).of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/has version 9999/),
    });
    expect(statSync(dbOf(world))).toMatchObject({ size, mtimeMs });
  });

  it('finds content that is sealed with a key that is not given', async () => {
    const world = createWorld({ FLOWFORGE_MASTER_KEY: 'ab'.repeat(32) });
    await world.run('run', '--', 'echo', 'hello');
    delete world.env['FLOWFORGE_MASTER_KEY'];
    expect((await diagnose(world, '--port', '0')).of('evidence')).toMatchObject({
      state: 'warn',
      hint: expect.stringMatching(/FLOWFORGE_MASTER_KEY/),
    });
  });

  it('finds a clock that is behind the evidence', async () => {
    const world = createWorld();
    const store = openStore({ path: dbOf(world), clock: new FakeClock(), ids: countingIds });
    const at = epochMs(Date.now() + 3_600_000);
    store.log.append([anEvent('run.paused', {}, { at })], 'durable');
    store.close();
    expect((await diagnose(world, '--port', '0')).of('clock')).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/3\d\d\d s before the last event/),
    });
  });
});

describe.runIf(isRoot)('flowforge doctor, of another user', () => {
  it('says that the evidence is not theirs, and changes nothing', async () => {
    const owner = await createUsedWorld();
    const world = createWorld({ FLOWFORGE_STATE_DIR: stateOf(owner) }, NOBODY);
    chmodSync(owner.folder, 0o755);
    const { of } = await diagnose(world, '--port', '0', '--db', dbOf(owner));
    for (const name of ['state folder', 'evidence', 'keys']) expect(of(name)?.state).toBe('fail');
  });

  it('reads what it may read, and says that it may not write', async () => {
    const owner = await createUsedWorld();
    const world = createWorld({}, NOBODY);
    for (const folder of [owner.folder, join(owner.folder, 'evidence')]) chmodSync(folder, 0o755);
    chmodSync(dbOf(owner), 0o644);
    const { of } = await diagnose(world, '--port', '0', '--db', dbOf(owner));
    expect(of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/takes no write/),
    });
    expect(of('evidence files')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/another user \(uid 0\)/),
    });
    expect(of('chain')).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/signing key/),
    });
  });
});

describe.runIf(isRoot && existsSync('/bin/mount'))('flowforge doctor, on a disk', () => {
  /** A small disk of its own, or null where none may be mounted. */
  function mountDisk(world: World): string | null {
    const folder = join(world.folder, 'disk');
    mkdirSync(folder, { mode: 0o700 });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', folder]);
    if (mounted.status !== 0) return null;
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return folder;
  }

  it('finds that it is full', async ({ skip }) => {
    const world = createWorld();
    const folder = mountDisk(world);
    if (folder === null) return skip('no disk may be mounted here');
    const db = join(folder, 'x.db');
    expect((await world.run('run', '--db', db, '--', 'true')).code).toBe(0);
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize));
    const { of } = await diagnose(world, '--port', '0', '--db', db);
    expect(of('disk')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/^0 MB \(0 %\) free/),
    });
    expect(of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/takes no write: .*(full|I\/O)/),
    });
    expect(of('chain')?.state).toBe('ok');
  });

  it('finds that it may only be read', async ({ skip }) => {
    const world = createWorld();
    const folder = mountDisk(world);
    if (folder === null) return skip('no disk may be mounted here');
    const db = join(folder, 'x.db');
    expect((await world.run('run', '--db', db, '--', 'true')).code).toBe(0);
    expect(spawnSync('mount', ['-o', 'remount,ro', folder]).status).toBe(0);
    const { of } = await diagnose(world, '--port', '0', '--db', db);
    expect(of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/takes no write/),
    });
    const none = await diagnose(world, '--port', '0', '--db', join(folder, 'new', 'y.db'));
    expect(none.of('evidence')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/nothing may be made/),
    });
  });
});

describe('a run that requires a containment', () => {
  it('is refused in one line where it is not to be had', async () => {
    const world = createWorld();
    const { code, stderr } = await world.run('run', '--require-containment', 'pidns', '--', 'true');
    // Without --isolate there is no namespace to be had.
    expect(code).toBe(125);
    expect(stderr).toMatch(/pidns/);
    expect((await world.run('run', '--require-containment', 'group', '--', 'true')).code).toBe(0);
  });
});
