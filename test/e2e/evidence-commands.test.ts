import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, countingIds } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createWorld, type World } from '../support/flowforge.ts';

async function failedRun(world: World): Promise<string> {
  await world.run('run', '--', 'sh', '-c', 'echo the password is $DB_PASSWORD; exit 3');
  const [incident] = await world.json<{ incident_id: string }[]>('incidents');
  return incident?.incident_id ?? '';
}

describe('the evidence of an incident', () => {
  it('is a report in three forms, and never tells a secret', async () => {
    const world = createWorld({ DB_PASSWORD: 'correct-horse-battery' });
    const id = await failedRun(world);
    const markdown = await world.run('report');
    expect(markdown.stdout).toContain('COMMAND_FAILURE');
    const page = join(world.folder, 'incident.html');
    await world.run('report', id, '--html', '-o', page);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/i);
    expect((await world.json<{ incident: { id: string } }>('report', id)).incident.id).toBe(id);
    const stored = readFileSync(world.env['FLOWFORGE_DB_PATH'] ?? '', 'latin1');
    expect(stored + markdown.stdout + readFileSync(page, 'utf8')).not.toContain('correct-horse');
  });

  it('takes out what the user’s own rules name, and refuses a rule that could take for ever', async () => {
    const world = createWorld();
    const script = 'echo customer zebra-1234 is waiting; exit 3';
    await world.run('run', '--redact', 'zebra-[0-9]{1,9}', '--', 'sh', '-c', script);
    const { stdout } = await world.run('timeline');
    expect(stdout).toContain('[REDACTED:user-1:');
    expect(stdout).not.toContain('zebra-1234');
    const refused = await world.run('run', '--redact', '(a+)+$', '--', 'true');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('redact') });
  });

  it('keeps within its size: the oldest goes when a run ends', async () => {
    const world = createWorld();
    const noise = 'yes 0123456789abcdef0123456789abcdef0123456789abcdef | head -3000; exit 3';
    const run = () => world.run('run', '--keep-size', '8MiB', '--', 'sh', '-c', noise);
    for (let i = 0; i < 3; i++) expect((await run()).code).toBe(3);
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
    expect(statSync(world.env['FLOWFORGE_DB_PATH'] ?? '').size).toBeLessThan(9 * 1024 * 1024);
  });

  it('keeps within its size under an API alone as well', async () => {
    const world = createWorld({ FLOWFORGE_KEEP_SIZE: '8MiB' });
    const path = world.env['FLOWFORGE_DB_PATH'] ?? '';
    const store = openStore({ path, clock: new FakeClock(), ids: countingIds });
    const reason = 'x'.repeat(4000);
    const at = (n: number) => ({ at: epochMs(Date.UTC(2026, 0, 1) + n * 1000) });
    const events = Array.from({ length: 4000 }, (_, n) =>
      anEvent('incident.opened', { reason }, at(n)),
    );
    store.log.append(events, 'durable');
    store.close();
    expect(statSync(path).size).toBeGreaterThan(16_000_000);
    const serve = world.start(['serve', '--port', '0']);
    await serve.seen('answers at');
    serve.child.kill('SIGTERM');
    expect(await serve.finished).toMatchObject({ code: 0 });
    expect(statSync(path).size).toBeLessThan(9 * 1024 * 1024);
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
  });

  it('goes into one signed file that tells any change', async () => {
    const world = createWorld();
    const id = await failedRun(world);
    const bundle = join(world.folder, 'bundle.tar');
    expect((await world.run('evidence', 'export', id, '-o', bundle)).code).toBe(0);
    expect((await world.run('evidence', 'verify', bundle)).stdout).toContain('unchanged');
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);

    const bytes = readFileSync(bundle, 'latin1').replace('COMMAND_FAILURE', 'COMMAND_FAILURF');
    writeFileSync(bundle, bytes, 'latin1');
    const changed = await world.run('evidence', 'verify', bundle);
    expect(changed.code).toBe(4);
    expect(changed.stdout).toContain('CHANGED');
  });

  it('is copied while in use, and pruned on order', async () => {
    const world = createWorld();
    await failedRun(world);
    const copy = join(world.folder, 'copy.db');
    expect((await world.json<{ event_count: number }>('backup', copy)).event_count).toBeGreaterThan(
      3,
    );
    expect((await world.run('backup', copy)).code).toBe(2);
    expect((await world.run('prune')).code).toBe(2);
    expect((await world.run('prune', '--older-than', '1ms')).stdout).toMatch(/removed \d+ events/);
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
  });

  it('asks for what it needs in one line', async () => {
    const world = createWorld();
    const said = async (...args: string[]) => world.run(...args);
    await said('run', '--', 'true');
    expect(await said('report')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no incidents'),
    });
    expect((await said('evidence', 'export', 'inc_nope')).code).toBe(5);
    expect((await said('evidence', 'export')).code).toBe(2);
    expect((await said('evidence', 'verify')).code).toBe(2);
    expect((await said('prune', '--older-than', 'soon')).stderr).toContain('duration');
  });
});

describe('commands that only read', () => {
  it.each([
    ['incidents'],
    ['timeline'],
    ['report'],
    ['evidence', 'export', '--since', '1d'],
    ['evidence', 'verify', '--db'],
    ['prune', '--older-than', '1d'],
    ['keys', 'list'],
  ])('make no database where none is: %s %s', async (...command) => {
    const world = createWorld();
    const path = world.env['FLOWFORGE_DB_PATH'] ?? '';
    const { code, stdout, stderr } = await world.run(...command);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(path);
    expect(existsSync(path)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('read what they may not write', async () => {
    const world = createWorld({}, 65_534);
    const id = await failedRun(world);
    const folder = join(world.folder, 'evidence');
    const before = readdirSync(folder);
    for (const name of before) chmodSync(join(folder, name), 0o444);
    chmodSync(folder, 0o555);
    const { code, stdout } = await world.run('report', id);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('COMMAND_FAILURE'),
    });
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
    const refused = await world.run('prune', '--older-than', '1d');
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining('readonly') });
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('API keys', () => {
  it('are shown once, listed without their secret, rotated and revoked', async () => {
    const world = createWorld();
    const made = await world.json<{ id: string; secret: string }>('keys', 'create', '--name', 'ci');
    expect(made.secret).toMatch(/^ff_key_/);
    const listed = await world.run('keys', 'list');
    expect(listed.stdout).toContain(made.id);
    expect(listed.stdout).not.toContain(made.secret);
    const next = await world.json<{ id: string; secret: string }>('keys', 'rotate', made.id);
    expect(next.secret).not.toBe(made.secret);
    expect((await world.run('keys', 'revoke', next.id)).code).toBe(0);
    expect((await world.run('keys', 'revoke', 'nobody')).code).toBe(5);
    const stored = readFileSync(world.env['FLOWFORGE_DB_PATH'] ?? '', 'latin1');
    expect(stored).not.toContain(made.secret);
  });
});

describe('a sealed database', () => {
  const old = 'ab'.repeat(32);
  const master = 'cd'.repeat(32);

  it('shows what happened without the key, and what was said only with it; the key can be changed', async () => {
    const world = createWorld({ FLOWFORGE_MASTER_KEY: old });
    await world.run('run', '--', 'sh', '-c', 'exit 3 # zebra-crossing');
    const file = world.env['FLOWFORGE_DB_PATH'] ?? '';
    expect(readFileSync(file, 'latin1')).not.toContain('zebra-crossing');
    expect((await world.run('timeline')).stdout).toContain('zebra-crossing');

    delete world.env['FLOWFORGE_MASTER_KEY'];
    const without = await world.run('timeline');
    expect(without.stdout).toContain('Run ended');
    expect(without.stdout).not.toContain('zebra-crossing');

    const keyFile = join(world.folder, 'old.key');
    writeFileSync(keyFile, old);
    world.env['FLOWFORGE_MASTER_KEY'] = master;
    const rotated = await world.run('keys', 'rotate', '--master', '--from-file', keyFile);
    expect(rotated.code).toBe(0);
    expect((await world.run('timeline')).stdout).toContain('zebra-crossing');
  });
});
