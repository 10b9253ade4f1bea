import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, DEMO, MAIN } from '../support/flowforge.ts';

interface TimelineItem {
  readonly type: string;
  readonly title: string;
  readonly incident_id: string | null;
  readonly action: string | null;
}

describe('flowforge run', () => {
  it('passes stdout, stderr, stdin and the exit status through untouched', async () => {
    const world = createWorld();
    const script = 'cat; printf "err\\0\\377" >&2; printf "no newline"; exit 7';
    const { finished } = world.start(['run', '--', 'sh', '-c', script], { input: 'from stdin\n' });
    expect(await finished).toMatchObject({
      stdout: 'from stdin\nno newline',
      stderr: 'err\0\ufffd',
      code: 7,
    });
  });

  it('dies of the signal that the command died of', async () => {
    const { code, signal } = await createWorld().run('run', '--', 'sh', '-c', 'kill -TERM $$');
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('takes the command’s own options for the command’s, with and without --', async () => {
    const world = createWorld();
    const echo = ['printf', '%s|', '-n', '--help', '--max-cpu', '9'];
    expect((await world.run('run', '--', ...echo)).stdout).toBe('-n|--help|--max-cpu|9|');
    expect((await world.run('run', '--profile', 'light', ...echo)).stdout).toBe(
      '-n|--help|--max-cpu|9|',
    );
  });

  it('gives the command its run id, unbuffered Python, and none of our keys', async () => {
    const key = 'ab'.repeat(32);
    const world = createWorld({
      FLOWFORGE_API_KEY: 'secret-of-the-api',
      FLOWFORGE_MASTER_KEY: key,
    });
    const { stdout } = await world.run('run', '--', 'env');
    expect(stdout).toMatch(/^FLOWFORGE_RUN_ID=run_[0-9a-f]{32}$/m);
    expect(stdout).toContain('PYTHONUNBUFFERED=1');
    expect(stdout).not.toContain('secret-of-the-api');
    expect(stdout).not.toContain(key);
  });

  it('stops a runaway with 124, in exactly one incident that is joined to its decisions and audit', async () => {
    const world = createWorld();
    const worker = join(DEMO, 'runaway.py');
    const { code, stderr } = await world.run('run', '--profile', 'heavy', '--', 'python3', worker);
    expect(code).toBe(124);
    expect(stderr).toContain('flowforge: stopping: ');

    const incidents = await world.json<{ incident_id: string; exit_reason: string }[]>('incidents');
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ exit_reason: 'LOOP_DETECTED' });
    const id = incidents[0]?.incident_id ?? '';
    const chain = await world.json<TimelineItem[]>('timeline', '--incident', id);
    expect(chain.every((item) => item.incident_id === id)).toBe(true);
    expect(new Set(chain.map((item) => item.type))).toEqual(
      new Set(['incident', 'decision', 'audit', 'lifecycle']),
    );
    expect(chain.map((item) => item.action)).toContain('AUTO_STOP');
  });

  it('goes on guarding when the database goes away in the middle', async () => {
    const world = createWorld();
    const script = 'echo ready; read line; echo "got $line"; exit 3';
    const run = world.start(['run', '--', 'sh', '-c', script], { holdInput: true });
    await run.seen('ready');
    rmSync(join(world.folder, 'evidence'), { recursive: true, force: true });
    run.child.stdin?.end('on\n');
    expect(await run.finished).toMatchObject({ code: 3, stdout: 'ready\ngot on\n' });
  });
});

describe('bad input gets one clear line and its exit status', () => {
  it.each([
    ['no command', ['run'], 2, /missing required argument/],
    ['an unknown flag', ['run', '--max-cpus', '5', '--', 'true'], 2, /--max-cpu\b/],
    ['an unknown command', ['rnu'], 2, /run/],
    ['a value out of range', ['run', '--max-cpu', '-5', '--', 'true'], 2, /max-cpu/],
    ['a command that is not there', ['run', '--', 'no-such-command'], 127, /not found/],
    ['a command that is a folder', ['run', '--', '/tmp'], 126, /not executable/],
  ])('%s', async (_, args, code, said) => {
    const finished = await createWorld().run(...args);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toMatch(said);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
  });

  it('a file without the execute bit', async () => {
    const world = createWorld();
    const script = join(world.folder, 'script.sh');
    writeFileSync(script, '#!/bin/sh\n');
    chmodSync(script, 0o600);
    expect((await world.run('run', '--', script)).code).toBe(126);
  });

  it('a database that cannot be made', async () => {
    const world = createWorld();
    writeFileSync(join(world.folder, 'file'), '');
    const db = join(world.folder, 'file', 'flowforge.db');
    const { code, stderr } = await world.run('run', '--db', db, '--', 'true');
    expect(code).toBe(125);
    expect(stderr).toContain('--db');
  });

  it('a broken configuration, with all its mistakes and where they are', async () => {
    const world = createWorld();
    mkdirSync(join(world.folder, 'project'));
    const file = join(world.folder, 'project', 'flowforge.yaml');
    writeFileSync(file, 'max-cpuu: 5\nprofile: heavvy\n');
    const run = world.start(['run', '--', 'true'], { cwd: join(world.folder, 'project') });
    const { code, stderr } = await run.finished;
    expect(code).toBe(2);
    expect(stderr).toContain('max-cpu');
    expect(stderr).toContain('heavy');
  });
});

describe('help', () => {
  it.each(['', 'run', 'demo', 'incidents', 'timeline', 'config'])(
    'of “%s” starts with an example',
    async (name) => {
      const { stdout, code } = await createWorld().run(...(name ? [name] : []), '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Examples?:\n {2}flowforge /);
    },
  );

  it('says what is wrong with a flag once, with what was meant', async () => {
    const world = createWorld();
    const { stderr, code } = await world.run('run', '--profile', 'heavyy', '--', 'true');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^flowforge: --profile: "heavyy" is not one of .*did you mean heavy\?$/m,
    );
    expect(stderr).not.toMatch(/Correct the file/);
    const empty = await world.run('run', '--', '');
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('empty word') });
  });

  it('that leaves its background says so, and fails at nothing', async () => {
    const world = createWorld();
    const script = 'sleep 60 >/dev/null 2>&1 & echo $!';
    const { stdout, stderr, code } = await world.run(
      ...['run', '--leave-background', '--', 'sh', '-c', script],
    );
    process.kill(Number(stdout), 'SIGKILL');
    expect(code).toBe(0);
    expect(stderr).toContain(`left running, as asked: ${stdout.trim()}`);
    expect(stderr).not.toContain('could not');
  });
});

describe('an answer that cannot be written', () => {
  it('has not been given', async () => {
    const world = createWorld();
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'config'], {
      env: world.env,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(125);
    expect(said).toContain('cannot write the answer');
  });
});
