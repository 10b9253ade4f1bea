import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { socketPath } from '../../src/adapters/control/socket.ts';
import { createWorld, type World } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

interface Status {
  readonly runId: string;
  readonly name: string | null;
  readonly phase: string;
  readonly attempt: number;
  readonly pid: number;
}

const stateOf = (pid: number): string =>
  /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';

async function startJob(world: World, name = 'job') {
  const run = world.start(['run', '--name', name, '--', 'sh', '-c', 'echo up $$; exec sleep 60']);
  await run.seen('up');
  return run;
}

/** Sends as many orders at once over one connection; gives the answers. */
function orderRestarts(path: string, count: number): Promise<string[]> {
  const order = {
    version: 1,
    operation: 'restart',
    reason: 'storm',
    actor: 'operator',
    requestId: null,
    expectedAttempt: null,
  };
  return new Promise((done, fail) => {
    let text = '';
    const socket = connect(path).setEncoding('utf8').on('error', fail);
    socket.on('data', (chunk) => {
      text += chunk;
      const answers = text.split('\n').slice(0, -1);
      if (answers.length < count) return;
      socket.destroy();
      done(answers);
    });
    socket.write(`${JSON.stringify(order)}\n`.repeat(count));
  });
}

describe('orders to a run', () => {
  it('pause freezes the tree, resume lets it go on, stop ends it with 124', async () => {
    const world = createWorld();
    const run = await startJob(world);
    const [status] = await world.json<Status[]>('status', 'job');
    const pid = status?.pid ?? 0;

    expect((await world.run('pause', 'job', '--reason', 'lunch')).code).toBe(0);
    await until(() => stateOf(pid) === 'T', 'stopped');
    expect((await world.json<Status[]>('status'))[0]?.phase).toBe('paused');
    expect((await world.run('resume')).stdout).toContain('running');
    await until(() => stateOf(pid) === 'S', 'asleep again');

    expect((await world.run('stop', 'job', '--reason', 'enough')).stdout).toContain('stopped');
    expect((await run.finished).code).toBe(124);
    const timeline =
      await world.json<{ action: string | null; reason: string | null }[]>('timeline');
    const said = timeline.map(({ action, reason }) => `${action}: ${reason}`);
    expect(said).toEqual(
      expect.arrayContaining(['PAUSE: lunch', 'RESUME: resume', 'STOP: enough']),
    );
  });

  it('restart ends one process and starts the next under the same run', async () => {
    const world = createWorld();
    const run = await startJob(world);
    const [before] = await world.json<Status[]>('status');
    await world.run('restart', 'job');
    let after: Status | undefined;
    await expect
      .poll(async () => {
        [after] = await world.json<Status[]>('status');
        return after?.phase === 'running' ? after.attempt : 0;
      })
      .toBe(2);
    expect(after?.runId).toBe(before?.runId);
    expect(after?.pid).not.toBe(before?.pid);
    await world.run('stop');
    await run.finished;
  });

  it('say which run is meant when there are several, and that there is none when there is none', async () => {
    const world = createWorld();
    const none = await world.run('stop');
    expect(none).toMatchObject({ code: 5, stderr: expect.stringContaining('no run is active') });
    const runs = [await startJob(world, 'one'), await startJob(world, 'two')];
    const which = await world.run('stop');
    expect(which.code).toBe(1);
    expect(which.stderr).toMatch(/one.*two|two.*one/);
    await world.run('stop', 'one');
    await world.run('stop', 'two');
    for (const run of runs) expect((await run.finished).code).toBe(124);
  });

  it('a thousand restarts at once leave one process', async () => {
    const world = createWorld();
    // Who is not alone cannot take the lock, and says so.
    const lock = join(world.folder, 'lock');
    const code = `
import fcntl, sys, time
held = open(sys.argv[1], "w")
try: fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError: print("another lives")
print("up", flush=True)
time.sleep(60)`;
    const run = world.start([
      ...['run', '--name', 'job', '--max-restarts', '1000', '--grace', '100ms'],
      ...['--', 'python3', '-c', code, lock],
    ]);
    await run.seen('up');
    const [status] = await world.json<Status[]>('status');
    const socket = socketPath(
      join(world.env['XDG_STATE_HOME'] ?? '', 'flowforge'),
      status?.runId ?? '',
    );
    const answers = await Promise.all(Array.from({ length: 40 }, () => orderRestarts(socket, 25)));
    expect(answers.flat()).toHaveLength(1000);
    // Every order is answered: carried out, or refused because another one is under way.
    for (const answer of answers.flat()) expect(answer).toMatch(/"ok":true|FF_CONFLICT|FF_RESTART/);
    let last = status;
    const phase = async () => {
      [last] = await world.json<Status[]>('status');
      return last?.phase;
    };
    await expect.poll(phase, { timeout: 10_000 }).toBe('running');
    expect(last?.attempt).toBeGreaterThanOrEqual(2);
    await world.run('stop');
    const { stdout } = await run.finished;
    expect(stdout).not.toContain('another lives');
    expect(processesWith(lock)).toEqual([]);
  }, 30_000);

  it('a restart loop ends with its budget, also across supervisors', async () => {
    const world = createWorld();
    const args = ['--restart', 'on-failure', '--max-restarts', '2', '--restart-wait', '10ms'];
    const first = await world.run('run', '--name', 'crash', ...args, '--', 'sh', '-c', 'exit 3');
    expect(first.code).toBe(3);
    const ended = (
      await world.json<
        { event_type: string; evidence: { exitReason: string; attempts: number } }[]
      >('timeline')
    ).find((item) => item.event_type === 'run.ended');
    expect(ended?.evidence).toMatchObject({ exitReason: 'RESTART_BUDGET_EXHAUSTED', attempts: 3 });
    const second = await world.run(
      'run',
      '--name',
      'crash',
      ...args,
      '--',
      'sh',
      '-c',
      'echo once; exit 3',
    );
    expect(second.stdout).toBe('once\n');
  });

  it('leave a suspended supervisor its socket, list it as not answering, and do not wait for it', async () => {
    const world = createWorld();
    const stopped = await startJob(world, 'stopped');
    const other = await startJob(world, 'other');
    stopped.child.kill('SIGSTOP');
    const began = performance.now();
    const listed = await world.json<{ runId: string; phase: string }[]>('status');
    expect(performance.now() - began).toBeLessThan(8000); // far less than the patience of an order
    expect(listed.map(({ phase }) => phase).sort()).toEqual(['not-answering', 'running']);
    const silent = listed.find(({ phase }) => phase === 'not-answering')?.runId ?? '';
    const refused = await world.run('stop', silent);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('does not answer');
    stopped.child.kill('SIGCONT');
    expect((await world.run('stop', silent)).code).toBe(0);
    expect((await stopped.finished).code).toBe(124);
    await world.run('stop', 'other');
    await other.finished;
  });

  it('end a paused run at Ctrl-C', async () => {
    const world = createWorld();
    const run = await startJob(world);
    await world.run('pause', 'job');
    run.child.kill('SIGINT');
    expect((await run.finished).signal).toBe('SIGINT');
  });
});
