import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import { processesWith, until } from '../support/processes.ts';

const KEY = 'a-key-of-the-test';

async function createApiWorld(): Promise<{ world: World; base: string; port: number }> {
  const port = await freePort();
  const world = createWorld({
    FLOWFORGE_API: 'true',
    FLOWFORGE_API_KEY: KEY,
    FLOWFORGE_PORT: String(port),
  });
  return { world, base: `http://127.0.0.1:${port}`, port };
}

const answers = async (base: string): Promise<boolean> =>
  fetch(`${base}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );

async function untilAnswered(base: string): Promise<void> {
  await expect.poll(() => answers(base), { timeout: 20_000 }).toBe(true);
}

const post = (url: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const get = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

interface Run {
  readonly run_id: string;
  readonly name: string | null;
  readonly state: string;
  readonly phase: string | null;
  readonly attempt: number;
  readonly pid: number;
}

const startJob = (world: World, name: string, mark: string) =>
  world.start([
    'run',
    '--name',
    name,
    '--grace',
    '1s',
    '--',
    'sh',
    '-c',
    `echo up; sleep ${mark}; :`,
  ]);

/** What a socket answers to bytes that are no well-behaved request. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    socket.on('close', () => done(said)).on('error', fail);
  });
}

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

describe('flowforge serve', () => {
  it('answers before and after a run, in the background, with a key of its own making', async () => {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const world = createWorld({ FLOWFORGE_PORT: String(port) });
    const start = await world.json<{ url: string; pid: number; key_file: string }>(
      ...['serve', '--background'],
    );
    onTestFinished(() => {
      process.kill(start.pid, 'SIGTERM');
    });
    expect(start.url).toBe(base);
    expect(statSync(start.key_file).mode & 0o777).toBe(0o600);
    const run = startJob(world, 'job', '64.71');
    await run.seen('up');
    const key = readFileSync(start.key_file, 'utf8').trim();
    const headers = { authorization: `Bearer ${key}` };
    const answer = await post(`${base}/process/kill`, { reason: 'enough' }, headers);
    expect(answer.status).toBe(202);
    expect((await run.finished).code).toBe(124);
    expect((await get<Run[]>(`${base}/v1/runs`))[0]).toMatchObject({ state: 'ended' });
    const again = await world.json<{ already: boolean }>('serve');
    expect(again.already).toBe(true);
  });

  it('that is killed leaves the jobs guarded', async () => {
    const { world, base } = await createApiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    const run = world.start([
      'run',
      '--no-api',
      '--name',
      'job',
      '--',
      'sh',
      '-c',
      'echo up; sleep 65.71; :',
    ]);
    await run.seen('up');
    serve.child.kill('SIGKILL');
    await serve.finished;
    const [status] = await world.json<{ phase: string }[]>('status');
    expect(status?.phase).toBe('running');
    const next = world.start(['serve']);
    await next.seen('answers at');
    expect((await post(`${base}/process/kill`)).status).toBe(202);
    expect((await run.finished).code).toBe(124);
    next.child.kill('SIGTERM');
    expect((await next.finished).code).toBe(0);
  });

  it('is not ready while its database is gone, and ready again when it is back', async () => {
    const { world, base } = await createApiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    const path = world.env['FLOWFORGE_DB_PATH'] ?? '';
    const ready = async (): Promise<number> => (await fetch(`${base}/readyz`)).status;
    expect(await ready()).toBe(200);
    renameSync(path, `${path}.away`);
    await expect.poll(ready, { timeout: 20_000 }).toBe(503);
    const told = await get<{ checks: Record<string, { state: string; hint: string }> }>(
      `${base}/readyz`,
    );
    expect(told.checks['database']).toMatchObject({ state: 'failed', hint: expect.any(String) });
    expect(await answers(base)).toBe(true);
    renameSync(`${path}.away`, path);
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
  });

  it('asks for a key also of who reads, and still knows an Idempotency-Key when it starts anew', async () => {
    const { world, base } = await createApiWorld();
    const job = world.start(['run', '--no-api', '--', 'sh', '-c', 'echo up; exec sleep 67.71']);
    await job.seen('up');
    const order = { 'idempotency-key': 'k-67' };
    const answers: string[] = [];
    for (const replayed of [null, 'true']) {
      const serve = world.start(['serve', '--read-needs-key']);
      await serve.seen('answers at');
      expect((await fetch(`${base}/v1/runs`)).status).toBe(401);
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
      const stop = await post(`${base}/process/kill`, { reason: 'enough' }, order);
      expect([stop.status, stop.headers.get('idempotency-replayed')]).toEqual([202, replayed]);
      answers.push(await stop.text());
      await job.finished;
      serve.child.kill('SIGTERM');
      await serve.finished;
    }
    expect(answers[1]).toBe(answers[0]);
  });

  it('says that a stranger has its port, and fails', async () => {
    const { world, port } = await createApiWorld();
    const stranger = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => {
      stranger.close();
    });
    const { code, stderr } = await world.run('serve');
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} is taken by another program`);
  });

  it('answers bytes that are no request in its own form, and hangs up on slow ones', async () => {
    const { world, port, base } = await createApiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    const head = (lines: string) => raw(port, `${lines}\r\nConnection: close\r\n\r\n`);
    const large = await head(
      `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\nX: ${'x'.repeat(20_000)}`,
    );
    expect(large).toMatch(/^HTTP\/1.1 431 [\s\S]*FF_HEADERS_TOO_LARGE/);
    expect(await raw(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*problem\+json/);
    expect(await head('GET /healthz HTTP/1.1')).toMatch(/^HTTP\/1.1 421 /);
    expect(await head('GET /healthz HTTP/1.0')).toMatch(/^HTTP\/1.1 421 /);
    expect(
      await head(`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.test`),
    ).toMatch(/^HTTP\/1.1 4(?:00|21) /);
    expect(await head(`GET http://evil.test/healthz HTTP/1.1\r\nHost: localhost:${port}`)).toMatch(
      /^HTTP\/1.1 421 /,
    );
    const slow = raw(port, 'GET /healthz HTTP/1.1\r\nHo');
    expect(await answers(base)).toBe(true);
    await slow;
  });

  it('streams what happens, and resumes without loss or repeat', async () => {
    const { world, base } = await createApiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    const job = world.start(['run', '--no-api', '--', 'sh', '-c', 'echo up; sleep 1; exit 3']);
    const heard: number[] = [];
    /** Connects anew for every few events, as a client on a bad line does. */
    const hear = async (): Promise<void> => {
      const frames = await listen(`${base}/stream`, heard.at(-1) ?? 0, 3);
      heard.push(...frames.flatMap(({ id, event }) => (event === 'snapshot' ? [] : [id ?? -1])));
    };
    await job.seen('up');
    while (job.child.exitCode === null) await hear();
    const items = await get<{ seq: number }[]>(`${base}/timeline?limit=500`);
    for (let turn = 0; turn < items.length; turn += 1) await hear();
    expect(items.length).toBeGreaterThan(4);
    expect(heard).toEqual(items.map(({ seq }) => seq).reverse());
  });
});

interface Heard {
  readonly id: number | null;
  readonly event: string;
}

async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Heard> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of body) {
    text += decoder.decode(part, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (event) yield { event, id: id === undefined ? null : Number(id) };
    }
  }
}

/** Listens until `count` frames came, or for `forMs`. */
async function listen(
  url: string,
  after: number | null,
  count: number,
  forMs = 300,
): Promise<Heard[]> {
  const abort = new AbortController();
  const headers: Record<string, string> = after === null ? {} : { 'last-event-id': String(after) };
  const timer = setTimeout(() => abort.abort(), forMs);
  const heard: Heard[] = [];
  try {
    const { body } = await fetch(`${url}?topics=lifecycle,incident,audit,decision`, {
      headers,
      signal: abort.signal,
    });
    for await (const frame of framesOf(body ?? new ReadableStream<Uint8Array>())) {
      heard.push(frame);
      if (heard.length >= count) return heard;
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
  return heard;
}

describe('a kill over the API', () => {
  it('is answered, recorded and complete, 20 times of 20', async () => {
    const { world, base } = await createApiWorld();
    const serve = world.start(['serve']);
    await serve.seen('answers at');
    for (let turn = 1; turn <= 20; turn += 1) {
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
        intended.some((it) => it.event_type === 'action.intended' && it.reason === `turn ${turn}`),
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
    expect(text).toContain('flowforge_process_kill_total 20');
  });
});
