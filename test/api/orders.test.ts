import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ControlRequest } from '../../src/core/control.ts';
import type { RunId } from '../../src/core/id.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi } from '../support/api.ts';
import { anEvent } from '../support/evidence.ts';

describe('an order', () => {
  it.each([
    ['/process/kill', 'stop'],
    ['/v1/process/kill', 'stop'],
    ['/process/restart', 'restart'],
    ['/v1/runs/run_1/stop', 'stop'],
    ['/v1/runs/run_1/restart', 'restart'],
    ['/v1/runs/run_1/pause', 'pause'],
    ['/v1/runs/run_1/resume', 'resume'],
  ])('%s asks the run to %s, with who, why and which request', async (path, operation) => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const answer = await api.act(path, { reason: 'enough' }, { 'x-request-id': 'req-9' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      status: `${operation}_requested`,
      run_id: 'run_1',
      name: null,
      attempt: 1,
      pid: 4711,
      lifecycle: 'running',
      wanted: 'up',
      request_id: 'req-9',
    });
    expect(api.asked).toEqual([
      {
        version: 1,
        operation,
        reason: 'enough',
        actor: 'api-key:env',
        requestId: 'req-9',
        expectedAttempt: null,
      },
    ]);
  });

  it('without a run is 404, with several that lists them, with a name the one of that name', async () => {
    expect((await createTestApi().act('/process/kill')).status).toBe(404);
    const runs = [
      aRun('run_1', { name: 'one' }),
      aRun('run_2', { name: 'two' }),
      aRun('run_3', { phase: 'ended' }),
    ];
    const api = createTestApi({ runs });
    const several = await api.act('/process/kill');
    expect(several.status).toBe(409);
    const { runs: listed } = (await several.json()) as { runs: { run_id: string }[] };
    expect(listed.map(({ run_id }) => run_id)).toEqual(['run_1', 'run_2']);
    expect(api.asked).toEqual([]);
    const named = await api.act('/process/kill', { run_id: 'two' });
    expect(await named.json()).toMatchObject({ run_id: 'run_2' });
    expect((await api.act('/process/kill', { run_id: 'run_3' })).status).toBe(404);
  });

  it('to a run whose supervisor does not answer is 503, and such a run is one of several', async () => {
    const api = createTestApi({ runs: [aRun('run_1')], silent: ['run_2'] });
    const started = anEvent('run.started', { name: 'two' }, { runId: 'run_2' as RunId });
    api.store.log.append([started], 'durable');
    for (const run_id of ['run_2', 'two']) {
      const answer = await api.act('/process/kill', { run_id });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'FF_BUSY' });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const several = await api.act('/process/kill');
    expect(several.status).toBe(409);
    expect(await several.json()).toMatchObject({
      runs: [
        { run_id: 'run_1', phase: 'running' },
        { run_id: 'run_2', name: 'two', phase: 'not-answering' },
      ],
    });
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['silent', 503],
    ['gone', 404],
  ] as const)('to a run that is %s when it is asked is answered with %i', async (reply, status) => {
    const api = createTestApi({ runs: [aRun('run_1')], answer: () => reply });
    expect((await api.act('/process/kill')).status).toBe(status);
  });

  it('that the run refuses is told as it was refused, with when to try again', async () => {
    const api = createTestApi({
      runs: [aRun('run_1')],
      answer: () => ({
        ...{ version: 1, ok: false, code: 'FF_RESTART_BUDGET' },
        ...{ message: 'the restart budget is used up', retryAfterMs: 12_300 },
      }),
    });
    const answer = await api.act('/process/restart');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('13');
    expect(await answer.json()).toMatchObject({ code: 'FF_RESTART_BUDGET' });
  });

  it('passes on which attempt it is meant for', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    await api.act('/v1/runs/run_1/stop', { expected_attempt: 3 });
    expect(api.asked[0]?.expectedAttempt).toBe(3);
  });
});

describe('an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'k-1' };

  it('makes many orders at the same instant one', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const orders = Array.from({ length: 50 }, () => api.act('/process/restart', {}, key));
    const answers = await Promise.all(orders);
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(api.asked).toHaveLength(1);
    expect(new Set(bodies).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotency-replayed'));
    expect(replayed).toHaveLength(49);
  });

  it('is refused for another body, and stands for another thing elsewhere', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    await api.act('/process/kill', { reason: 'a' }, key);
    expect((await api.act('/process/kill', { reason: 'b' }, key)).status).toBe(422);
    expect((await api.act('/v1/process/kill', { reason: 'a' }, key)).status).toBe(202);
    expect((await api.act('/process/restart', { reason: 'a' }, key)).status).toBe(202);
    expect(api.asked.map(({ operation }) => operation)).toEqual(['stop', 'restart']);
  });

  it('of one key says nothing to another', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    await api.act('/process/kill', { reason: 'a' }, key);
    const other = await api.act(
      '/process/kill',
      { reason: 'b' },
      { ...key, authorization: 'Bearer acting-key' },
    );
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([202, null]);
    expect(api.asked.map(({ actor }) => actor)).toEqual(['api-key:env', 'api-key:actor']);
  });

  it('never keeps a refusal', async () => {
    let isRefusing = true;
    const grant = { version: 1, ok: true, status: aRun('run_1') } as const;
    const answer = (_request: ControlRequest) =>
      isRefusing ? ({ version: 1, ok: false, code: 'FF_CONFLICT', message: 'no' } as const) : grant;
    const api = createTestApi({ runs: [aRun('run_1')], answer });
    expect((await api.act('/process/kill', {}, key)).status).toBe(409);
    isRefusing = false;
    expect((await api.act('/process/kill', {}, key)).status).toBe(202);
  });

  it('still stands for its answer when the API has started anew', async () => {
    const before = createTestApi({ runs: [aRun('run_1')] });
    const first = await before.act('/process/kill', { reason: 'a' }, key);
    const after = createTestApi({ runs: [], memoryOf: before });
    const again = await after.act('/process/kill', { reason: 'a' }, key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await again.json()).toEqual(await first.json());
    expect((await after.act('/process/kill', { reason: 'b' }, key)).status).toBe(422);
    expect(after.asked).toEqual([]);
    // Nobody reads keys or reasons out of the database.
    const database =
      readFileSync(before.databasePath, 'latin1') +
      readFileSync(`${before.databasePath}-wal`, 'latin1');
    expect(database).not.toContain('k-1');
  });

  it('is forgotten after a day', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    await api.act('/process/kill', {}, key);
    api.clock.advance(25 * 3_600_000);
    await api.act('/process/kill', {}, key);
    expect(api.asked).toHaveLength(2);
  });
});
