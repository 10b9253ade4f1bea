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
import { processesWith, until } from '../support/processes.ts';

/** More for the figures: FLOWFORGE_KILLS=100. */
const TURNS = Number(process.env['FLOWFORGE_KILLS'] ?? 20);

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

describe('a kill over the API', () => {
  it(
    `is answered, recorded and complete, ${TURNS} times of ${TURNS}`,
    async () => {
      const { world, base } = await createApiWorld();
      const serve = world.start(['serve']);
      await serve.seen('answers at');
      for (let turn = 1; turn <= TURNS; turn += 1) {
        const run = world.start([
          'run',
          '--no-api',
          '--grace',
          '500ms',
          '--',
          'sh',
          '-c',
          'sleep 66.71 & echo up; wait',
        ]);
        await run.seen('up');
        const answer = await post(`${base}/process/kill`, { reason: `turn ${turn}` });
        expect(answer.status).toBe(202);
        const { run_id } = (await answer.json()) as Run;
        const intended = await get<{ event_type: string; reason: string }[]>(
          `${base}/timeline?run_id=${run_id}`,
        );
        expect(
          intended.some(
            (it) => it.event_type === 'action.intended' && it.reason === `turn ${turn}`,
          ),
        ).toBe(true);
        expect((await run.finished).code).toBe(124);
        const chain = await get<{ event_type: string; evidence: { outcome?: string } }[]>(
          `${base}/timeline?run_id=${run_id}`,
        );
        const types = chain.map(({ event_type }) => event_type);
        expect(types).toEqual(
          expect.arrayContaining([
            'action.intended',
            'action.completed',
            'incident.opened',
            'run.ended',
          ]),
        );
        expect(processesWith('66.71')).toEqual([]);
      }
      const text = await (await fetch(`${base}/metrics`)).text();
      expect(text).toContain(`flowforge_process_kill_total ${TURNS}`);
    },
    TURNS * 2_000 + 20_000,
  );
});
