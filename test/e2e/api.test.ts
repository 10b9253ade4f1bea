import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  answers,
  createApiWorld,
  get,
  post,
  type Run,
  startJob,
  untilAnswered,
} from '../support/api-world.ts';
import type { World } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

/** More for the figures: FLOWFORGE_KILLS=100. */
const TURNS = Number(process.env['FLOWFORGE_KILLS'] ?? 10);
/** Each waits for the API to begin. */
const OWN_TURNS = Number(process.env['FLOWFORGE_KILLS'] ?? 4);

describe('the API beside a run', () => {
  it('shows the run, stops it with the key, and leaves reply, audit, incident and nothing else', async () => {
    const { world, base } = await createApiWorld();
    const run = startJob(world, 'job', '61.71');
    await run.seen('up');
    await untilAnswered(base);
    const [shown] = await get<Run[]>(`${base}/v1/runs`);
    expect(shown).toMatchObject({ name: 'job', state: 'active', phase: 'running' });
    expect((await fetch(`${base}/process/kill`, { method: 'POST' })).status).toBe(401);
    const headers = { 'x-request-id': 'req-of-the-test' };
    const answer = await post(`${base}/process/kill`, { reason: 'enough' }, headers);
    expect(answer.status).toBe(202);
    const told = await answer.json();
    expect(told).toMatchObject({ run_id: shown?.run_id, lifecycle: 'stopping', pid: shown?.pid });
    expect((await run.finished).code).toBe(124);
    expect(processesWith('61.71')).toEqual([]);
    const items =
      await world.json<{ event_type: string; evidence: Record<string, unknown> }[]>('timeline');
    const audit = items.filter(({ event_type }) => event_type === 'action.intended');
    expect(audit.map(({ evidence }) => evidence)).toMatchObject([
      { action: 'STOP', actor: 'api-key:env', reason: 'enough', requestId: 'req-of-the-test' },
    ]);
    expect(items.some(({ evidence }) => evidence['action'] === 'AUTH_REFUSED')).toBe(true);
    const incidents = await world.json<{ exit_reason: string }[]>('incidents');
    expect(incidents).toMatchObject([{ exit_reason: 'API_TERMINATED' }]);
  });

  it('answers for all runs of the host, and another takes over when the one that answers is killed', async () => {
    const { world, base } = await createApiWorld();
    const one = startJob(world, 'one', '62.71');
    await one.seen('up');
    await untilAnswered(base);
    const two = startJob(world, 'two', '62.72');
    await two.seen('up');
    const several = await post(`${base}/process/kill`);
    expect(several.status).toBe(409);
    one.child.kill('SIGKILL');
    await one.finished;
    await until(() => processesWith('62.71').length === 0, 'nothing left of the killed run');
    await untilAnswered(base);
    const runs = await get<Run[]>(`${base}/v1/runs`);
    const states = Object.fromEntries(runs.map(({ name, state }) => [name, state]));
    expect(states).toEqual({ one: 'lost', two: 'active' });
    const answer = await post(`${base}/v1/process/kill`, { run_id: 'two' });
    expect(answer.status).toBe(202);
    expect((await two.finished).code).toBe(124);
    expect(processesWith('62.72')).toEqual([]);
  });

  it('restarts a run under the same guard, and refuses an order meant for the attempt before', async () => {
    const { world, base } = await createApiWorld();
    const run = startJob(world, 'job', '63.71');
    await run.seen('up');
    await untilAnswered(base);
    const [before] = await get<Run[]>(`${base}/v1/runs`);
    expect((await post(`${base}/process/restart`, { expected_attempt: 1 })).status).toBe(202);
    await expect
      .poll(async () => (await get<Run[]>(`${base}/v1/runs`))[0], { timeout: 20_000 })
      .toMatchObject({ attempt: 2, phase: 'running' });
    const [after] = await get<Run[]>(`${base}/v1/runs`);
    expect(after?.pid).not.toBe(before?.pid);
    const stale = await post(`${base}/v1/runs/${before?.run_id}/stop`, { expected_attempt: 1 });
    expect(stale.status).toBe(409);
    await post(`${base}/v1/runs/${before?.run_id}/stop`);
    await run.finished;
  });

  it('says in one sentence that a stranger has the port, and the run goes on', async () => {
    const { world, port } = await createApiWorld();
    const stranger = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => {
      stranger.close();
    });
    const { code, stderr } = await world.run('run', '--', 'sleep', '3');
    expect(code).toBe(0);
    expect(stderr.match(/^flowforge:/gm)).toHaveLength(1);
    expect(stderr).toContain(`port ${port} is taken by another program`);
  });

  it('is not there with --no-api', async () => {
    const { world, base } = await createApiWorld();
    const run = world.start(['run', '--no-api', '--', 'sh', '-c', 'echo up; sleep 2']);
    await run.seen('up');
    await until(() => existsSync(join(world.folder, 'evidence')), 'the evidence');
    await run.finished;
    expect(await answers(base)).toBe(false);
  });
});

interface Item {
  readonly event_type: string;
  readonly reason: string;
}

/** Kills a run over the API, and holds what is left of it against what must be. */
async function killOne(world: World, base: string, reason: string, how: string[]): Promise<void> {
  const command = ['sh', '-c', 'sleep 66.71 & echo up; wait'];
  const run = world.start(['run', ...how, '--grace', '500ms', '--', ...command]);
  await run.seen('up');
  await untilAnswered(base);
  const answer = await post(`${base}/process/kill`, { reason });
  expect(answer.status).toBe(202);
  const { run_id } = (await answer.json()) as Run;
  const told = async () => world.json<Item[]>('timeline', '--limit', '500', '--run', run_id);
  const isIntended = (it: Item) => it.event_type === 'action.intended' && it.reason === reason;
  expect((await told()).some(isIntended)).toBe(true);
  expect((await run.finished).code).toBe(124);
  const types = (await told()).map(({ event_type }) => event_type);
  expect(types).toEqual(
    expect.arrayContaining([
      ...['action.intended', 'action.completed', 'incident.opened', 'run.ended'],
    ]),
  );
  expect(processesWith('66.71')).toEqual([]);
}

describe('a kill over the API', () => {
  it(
    `of \`serve\` is answered, recorded and complete, ${TURNS} times of ${TURNS}`,
    async () => {
      const { world, base } = await createApiWorld();
      const serve = world.start(['serve']);
      await serve.seen('answers at');
      for (let turn = 1; turn <= TURNS; turn += 1) {
        await killOne(world, base, `turn ${turn}`, ['--no-api']);
      }
      const text = await (await fetch(`${base}/metrics`)).text();
      expect(text).toContain(`flowforge_process_kill_total ${TURNS}`);
    },
    TURNS * 2_000 + 20_000,
  );

  it(
    `of the run itself is answered, recorded and complete, ${OWN_TURNS} times of ${OWN_TURNS}`,
    async () => {
      const { world, base } = await createApiWorld();
      for (let turn = 1; turn <= OWN_TURNS; turn += 1) {
        await killOne(world, base, `turn ${turn}`, []);
      }
    },
    OWN_TURNS * 3_000 + 20_000,
  );
});

it('counts what the database knows on when the API is killed and another answers', async () => {
  const { world, base } = await createApiWorld();
  const counted = async (): Promise<string[]> => {
    const text = await (await fetch(`${base}/metrics`)).text();
    const counters =
      /^flowforge_(?:runs|incidents|actions|process_kill|process_restart)_total.*$/gm;
    return [...text.matchAll(counters)].map(([line]) => line);
  };
  await world.run('run', '--no-api', '--', 'sh', '-c', 'exit 3');
  const first = world.start(['serve']);
  await first.seen('answers at');
  await killOne(world, base, 'enough', ['--no-api']);
  await expect.poll(async () => (await counted()).join()).toContain('API_TERMINATED');
  const before = await counted();
  expect(before).toContain('flowforge_runs_total{outcome="COMMAND_FAILURE"} 1');
  expect(before).toContain('flowforge_process_kill_total 1');
  first.child.kill('SIGKILL');
  await first.finished;
  const second = world.start(['serve']);
  await second.seen('answers at');
  expect(await counted()).toEqual(before);
});
