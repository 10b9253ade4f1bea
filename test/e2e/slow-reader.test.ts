import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { anEvent, countingIds } from '../support/evidence.ts';
import { createWorld, MAIN } from '../support/flowforge.ts';

const EVENTS = 500;

describe('an answer that is longer than a pipe holds', () => {
  it('reaches a reader that is slower than we are, whole', async () => {
    const world = createWorld();
    const path = join(world.folder, 'long.db');
    const store = openStore({ path, clock: systemClock, ids: countingIds });
    store.log.append(
      Array.from({ length: EVENTS }, () => anEvent('decision.made')),
      'durable',
    );
    store.close();
    // The shell's reader waits until FlowForge has had time to print more than the pipe takes.
    const reader = `"$0" "$1" timeline --db "$2" --json --limit ${EVENTS} | (read -r first; sleep 1; echo "$first"; cat)`;
    const child = spawn('sh', ['-c', reader, process.execPath, resolve(MAIN), path], {
      env: world.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await new Promise((done) => child.once('close', done));
    expect(JSON.parse(text)).toHaveLength(EVENTS);
  });

  it('does not wait for a reader that has gone', async () => {
    const world = createWorld();
    const path = join(world.folder, 'long.db');
    const store = openStore({ path, clock: systemClock, ids: countingIds });
    store.log.append(
      Array.from({ length: EVENTS }, () => anEvent('decision.made')),
      'durable',
    );
    store.close();
    const reader = `"$0" "$1" timeline --db "$2" --json --limit ${EVENTS} | head -n 1`;
    const child = spawn('sh', ['-c', reader, process.execPath, resolve(MAIN), path], {
      env: world.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.resume();
    expect(await new Promise((done) => child.once('close', done))).toBe(0);
  });
});

describe('what we say', () => {
  it('may be heard by nobody any more: the guard goes on, and ends what is to be ended', async () => {
    const world = createWorld();
    const words = ['run', '--max-time', '1s', '--grace', '100ms', '--', 'sh', '-c', 'sleep 30'];
    const child = spawn(process.execPath, [resolve(MAIN), ...words], {
      env: world.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.destroy();
    expect(await new Promise((done) => child.once('close', done))).toBe(124);
    const [run] = await world.json<{ exit_reason: string }[]>('timeline', '--type', 'lifecycle');
    expect(run).toMatchObject({ title: 'Run ended' });
  });
});
