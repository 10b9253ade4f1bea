import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
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
import { createWorld } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';

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

  it('stands by while a run answers, and takes over when that one ends', async () => {
    const { world, base } = await createApiWorld();
    const run = startJob(world, 'job', '64.72');
    await run.seen('up');
    await untilAnswered(base);
    const serve = world.start(['serve']);
    await serve.seen('a run answers already');
    expect((await post(`${base}/process/kill`)).status).toBe(202);
    await run.finished;
    await serve.seen(`the API answers at ${base} now`);
    expect((await get<Run[]>(`${base}/v1/runs`))[0]).toMatchObject({ state: 'ended' });
    serve.child.kill('SIGTERM');
    expect((await serve.finished).code).toBe(0);
  });

  it('that cannot note that it answers does so all the same, and says once who has its port', async () => {
    const { world, base, port } = await createApiWorld();
    const run = startJob(world, 'job', '64.74');
    await run.seen('up');
    await untilAnswered(base);
    const serve = world.start(['serve']);
    await serve.seen('a run answers already');
    const beacon = join(world.folder, 'state', 'flowforge', `api-${port}.json`);
    rmSync(beacon);
    mkdirSync(beacon);
    await serve.seen('is taken by another program: the API answers once it is free');
    expect((await post(`${base}/process/kill`)).status).toBe(202);
    await run.finished;
    await serve.seen('cannot note');
    await serve.seen(`the API answers at ${base} now`);
    await untilAnswered(base);
    serve.child.kill('SIGTERM');
    const { code, stderr } = await serve.finished;
    expect([code, stderr.match(/another program/g)]).toEqual([0, ['another program']]);
  });

  it('that stands by ends when it is told to', async () => {
    const { world, base } = await createApiWorld();
    const run = startJob(world, 'job', '64.73');
    await run.seen('up');
    await untilAnswered(base);
    const serve = world.start(['serve']);
    await serve.seen('a run answers already');
    serve.child.kill('SIGTERM');
    expect((await serve.finished).code).toBe(0);
    expect(await answers(base)).toBe(true);
    run.child.kill('SIGTERM');
    await run.finished;
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

  it('does not answer to other hosts without a key, of which a run only says so', async () => {
    const world = createWorld({
      FLOWFORGE_API: 'true',
      FLOWFORGE_BIND_HOST: '0.0.0.0',
      FLOWFORGE_PORT: String(await freePort()),
    });
    const { code, stderr } = await world.run('serve');
    expect(code).toBe(2);
    expect(stderr).toBe(
      'flowforge: bind-host 0.0.0.0 can be reached from other hosts, and there is no key\n' +
        '  Set FLOWFORGE_API_KEY, or FLOWFORGE_API_KEY_FILE: `openssl rand -hex 32` makes one.\n',
    );
    const run = world.start(['run', '--', 'sh', '-c', 'echo up; sleep 66.71; :']);
    await run.seen('no API for this run: bind-host 0.0.0.0 can be reached');
    expect((await world.run('stop')).code).toBe(0);
    expect((await run.finished).code).toBe(124);
    // What only reads needs no key.
    expect((await world.run('incidents')).code).toBe(0);
  });

  it('is asked by `status --ready` how it is; a run that guards will do', async () => {
    const { world } = await createApiWorld();
    const nothing = await world.run('status', '--ready');
    expect([nothing.code, nothing.stdout]).toEqual([3, 'neither an API nor a run answers\n']);
    const serve = world.start(['serve', '--read-needs-key']);
    await serve.seen('answers at');
    const { code, stdout } = await world.run('status', '--ready');
    expect([code, stdout]).toEqual([0, expect.stringContaining('ok   database: takes writes\n')]);
    expect(await world.json('status', '--ready')).toMatchObject({ status: 'ready' });
    const path = world.env['FLOWFORGE_DB_PATH'] ?? '';
    renameSync(path, `${path}.away`);
    const ready = async () => (await world.run('status', '--ready')).code;
    await expect.poll(ready, { timeout: 20_000 }).toBe(3);
    renameSync(`${path}.away`, path);
    serve.child.kill('SIGTERM');
    await serve.finished;
    const run = world.start(['run', '--no-api', '--', 'sh', '-c', 'echo up; sleep 67.71; :']);
    await run.seen('up');
    await expect.poll(ready, { timeout: 20_000 }).toBe(0);
    await world.run('stop');
    await run.finished;
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
    expect(told.checks['database']).toMatchObject({ state: 'fail', hint: expect.any(String) });
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
