// Each check of the readiness, made to fail for real, and back when the cause is gone. (A database that is gone:
// serve.test.ts.)

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { createApiWorld, get } from '../support/api-world.ts';
import type { World } from '../support/flowforge.ts';

async function startServe(world: World) {
  const serve = world.start(['serve']);
  await serve.seen('answers at');
  return serve;
}

interface Told {
  readonly status: string;
  readonly checks: Record<string, { state: string; detail: string; hint: string | null }>;
}

/** Waits until exactly this check fails, or none does. */
async function untilFails(base: string, name: string | null): Promise<void> {
  const failing = async (): Promise<string[]> => {
    const { checks } = await get<Told>(`${base}/readyz`);
    return Object.keys(checks).filter((it) => checks[it]?.state === 'fail');
  };
  await expect.poll(failing, { timeout: 15_000 }).toEqual(name === null ? [] : [name]);
  const { status } = await fetch(`${base}/readyz`);
  expect(status).toBe(name === null ? 200 : 503);
}

it('a record that was changed fails `chain`', async () => {
  const { world, base } = await createApiWorld();
  await world.run('run', '--no-api', '--', 'true');
  await startServe(world);
  await untilFails(base, null);
  const database = new DatabaseSync(world.env['FLOWFORGE_DB_PATH'] ?? '');
  const [trigger] = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%UPDATE ON events%'",
    )
    .all();
  const swap = (from: string, to: string): void => {
    const sql = 'UPDATE events SET payload = replace(payload, ?, ?) WHERE type = ?';
    expect(database.prepare(sql).run(from, to, 'run.ended').changes).toBe(1);
  };
  database.exec(`PRAGMA busy_timeout = 5000; DROP TRIGGER ${trigger?.['name']}`);
  swap('COMPLETED', 'LEAK_DETECTED');
  await untilFails(base, 'chain');
  const lines = await (await fetch(`${base}/readyz?verbose`)).text();
  expect(lines).toMatch(/^\[-\]chain fail: .*evidence verify/m);
  swap('LEAK_DETECTED', 'COMPLETED');
  await untilFails(base, null);
  database.close();
});

it('a process that was stopped fails `sampler` when it goes on', async () => {
  const { world, base } = await createApiWorld();
  const serve = await startServe(world);
  await untilFails(base, null);
  serve.child.kill('SIGSTOP');
  await setTimeout(LIMITS.samplerLagMsMax + 2 * LIMITS.samplePeriodMs);
  serve.child.kill('SIGCONT');
  await untilFails(base, 'sampler');
  await untilFails(base, null);
});

it('a full disk fails `disk`', async ({ skip }) => {
  const { world, base } = await createApiWorld();
  const place = dirname(world.env['FLOWFORGE_DB_PATH'] ?? '');
  mkdirSync(place, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', place]);
  if (mounted.status !== 0) skip('nothing can be mounted here');
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', place]);
  });
  const serve = await startServe(world);
  await untilFails(base, null);
  const { bavail, blocks, bsize } = statfsSync(place);
  const filler = join(place, 'filler');
  // Room is left to write: it is the disk that fails, not yet the database.
  writeFileSync(filler, Buffer.alloc(Math.floor(bavail - blocks * 0.015) * bsize));
  await untilFails(base, 'disk');
  rmSync(filler);
  await untilFails(base, null);
  serve.child.kill('SIGTERM');
  await serve.finished;
});
