// What a stranger on this host tries at the socket of the API: nothing is read, nothing ends, everybody else is served.

import { connect, type Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentMb } from '../../bench/api/server.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { createApiWorld, get, KEY, post, type Run, startJob } from '../support/api-world.ts';
import type { Running, World } from '../support/flowforge.ts';

const HANG_UP_WITHIN_MS = 20_000;

let world: World;
let base = '';
let port = 0;
let job: Running;
let serve: Running;
/** What somebody heard who never said anything, until it was hung up on. */
let toSilence: Promise<string>;
const ends: (() => void)[] = [];

beforeAll(async () => {
  const made = await createApiWorld((end) => ends.push(end));
  ({ world, base, port } = made);
  serve = world.start(['serve']);
  await serve.seen('answers at');
  toSilence = send();
  job = startJob(world, 'job', '67.71');
  await job.seen('up');
});

afterAll(async () => {
  job.child.kill('SIGTERM');
  await job.finished;
  for (const end of ends.reverse()) end();
});

const isJobAlive = async (): Promise<boolean> =>
  (await get<Run[]>(`${base}/v1/runs`))[0]?.phase === 'running';

/** Sends bytes as they are, and gives what came back until the server hung up. */
function send(...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
    });
    const late = setTimeout(() => fail(new Error(`not hung up after: ${said}`)), HANG_UP_WITHIN_MS);
    socket.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    socket
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(late);
        done(said);
      });
  });
}

/** Connections that stay as long as they are let; with `pause` they take nothing. */
async function hold(count: number, text: string, how = ''): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  if (how === 'pause') for (const socket of sockets) socket.pause();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          socket.on('error', () => done());
          socket.once('close', () => done());
          socket.once('connect', () => socket.write(text, () => done()));
        }),
    ),
  );
  return sockets;
}

/** Readings of a run as if it went on for days. */
function addReadings(path: string, runId: string, count: number): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000');
  const others = database
    .prepare("SELECT name FROM pragma_table_info('samples') WHERE type = 'REAL'")
    .all()
    .map(({ name }) => String(name));
  const figures = others.map(() => '1234.56789').join();
  database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO samples (run_id, at_ms, attempt, period_s, ${others.join()})
       SELECT ?, i * 60000, 1, 60, ${figures} FROM n`,
    )
    .run(count, runId);
  database.close();
}

const statusesIn = (text: string) =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
const HOST = () => `Host: 127.0.0.1:${port}`;
const ACT = () => `${HOST()}\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json`;

describe('smuggling a request past the door', () => {
  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 60'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['a coding nobody knows', 'Transfer-Encoding: xchunked'],
    ['a coding twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['a folded header', 'X-One: a\r\n Content-Length: 60'],
    ['a space before the colon', 'Content-Length : 60'],
    ['a length with a sign', 'Content-Length: +2'],
    ['a NUL in a header', 'X-One: a\0b'],
  ])('by %s orders nothing', async (_name, headers) => {
    const inner = `POST /process/kill HTTP/1.1\r\n${ACT()}\r\nContent-Length: 2\r\n\r\n{}`;
    const outer = `POST /v1/session/end HTTP/1.1\r\n${HOST()}\r\n${headers}\r\n\r\n`;
    const said = await send(`${outer}0\r\n\r\n${inner}`);
    expect(statusesIn(said)[0] ?? 400).toBeGreaterThanOrEqual(400);
    expect(said).not.toContain('202 Accepted');
    expect(await isJobAlive()).toBe(true);
  });

  it('by lines that end in LF alone orders nothing without its key', async () => {
    const said = await send(`POST /process/kill HTTP/1.1\n${HOST()}\nContent-Length: 0\n\n`);
    for (const status of statusesIn(said)) expect(status).toBeGreaterThanOrEqual(400);
    expect(await isJobAlive()).toBe(true);
  });
});

describe('a body', () => {
  it.each([
    ['a million brackets', '['.repeat(60_000)],
    ['a prototype', '{"__proto__":{"run_id":"x"},"constructor":{"prototype":{"run_id":"x"}}}'],
    ['NaN', '{"reason":NaN}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['a lone surrogate', '{"reason":"\\ud800","run_id":"none"}'],
    ['a key twice', '{"run_id":"none","run_id":"none"}'],
    ['what is compressed', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
  ])('of %s is refused as a mistake of the client', async (_name, body) => {
    const { status, headers } = await fetch(`${base}/process/kill`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body,
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(await isJobAlive()).toBe(true);
  });

  it('that is not there needs no declaration, and one that is not declared is refused', async () => {
    const headers = { authorization: `Bearer ${KEY}` };
    const ask = async (path: string, body?: string): Promise<number> =>
      (
        await fetch(base + path, {
          method: 'POST',
          headers,
          ...(body && { body: Buffer.from(body) }),
        })
      ).status;
    expect(await ask('/v1/session')).toBe(200);
    expect(await ask('/v1/runs/no-such-run/stop')).toBe(404);
    expect(await ask('/v1/incidents/none/answer')).toBe(400);
    expect(await ask('/v1/runs/no-such-run/stop', '{}')).toBe(415);
  });

  it('that is endless, in chunks, is cut off', async () => {
    const head = `POST /process/kill HTTP/1.1\r\n${ACT()}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `${(16_384).toString(16)}\r\n${'x'.repeat(16_384)}\r\n`;
    const said = await send(head, ...Array.from({ length: 64 }, () => chunk));
    expect(statusesIn(said).filter((status) => status !== 413)).toEqual([]);
    expect(await isJobAlive()).toBe(true);
  });

  it('that is shorter than it says is waited for, for a while only', async () => {
    const said = await send(
      `POST /process/kill HTTP/1.1\r\n${ACT()}\r\nContent-Length: 60000\r\n\r\n{`,
    );
    expect(statusesIn(said).filter((status) => status !== 400)).toEqual([]);
    expect(await isJobAlive()).toBe(true);
  }, 30_000);

  it('under ten thousand headers is refused', async () => {
    const headers = Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1`).join('\r\n');
    expect(
      statusesIn(await send(`GET /healthz HTTP/1.1\r\n${HOST()}\r\n${headers}\r\n\r\n`)),
    ).toEqual([431]);
  });
});

describe('a text in a wrong place', () => {
  const HOSTILE = [
    "' OR 1=1 --",
    "'; DROP TABLE events; --",
    '%_%',
    'a\r\nSet-Cookie: x=1',
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '%252e%252e%252f',
    '\\..\\..\\',
    'a\0b',
    '=cmd|calc',
    '<script>alert(1)</script>',
  ];
  const PLACES = [
    '/timeline?run_id=',
    '/timeline?incident_id=',
    '/timeline?type=',
    '/timeline?cursor=',
    '/incidents?cursor=',
    '/v1/runs/',
    '/v1/incidents/',
    '/ui/assets/',
    '/stream?topics=',
  ];

  it.each(PLACES)('finds nothing and breaks nothing: %s', async (place) => {
    for (const text of HOSTILE) {
      const answer = await fetch(base + place + encodeURIComponent(text));
      const said = await answer.text();
      expect([text, answer.status < 500]).toEqual([text, true]);
      expect(said).not.toContain('root:x:');
      expect(answer.headers.get('set-cookie')).toBeNull();
      if (answer.ok && said.startsWith('[')) expect(JSON.parse(said)).toEqual([]);
    }
    expect(await isJobAlive()).toBe(true);
  });

  it('of a reason stays one line of the stream and of the metrics', async () => {
    const reason = 'a\n\ndata: {"x":1}\nid: 99\nevent: lifecycle\n# HELP x\u2028';
    const answer = await post(`${base}/process/kill`, { reason, run_id: 'no-such-run' });
    expect(answer.status).toBe(404);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).not.toContain('# HELP x');
  });

  it.each([
    '/../../etc/passwd',
    '/ui/../../../etc/passwd',
    '/ui/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/ui/assets/%252e%252e/%252e%252e/etc/passwd',
    '/ui/assets/..%5c..%5cetc',
    '/ui/assets/%00',
    '/ui/assets/..;/index.html',
    '//evil',
  ])('of a path leads nowhere: %s', async (path) => {
    const said = await send(`GET ${path} HTTP/1.1\r\n${HOST()}\r\nConnection: close\r\n\r\n`);
    expect(said).not.toContain('root:');
    expect([400, 404, 421]).toContain(statusesIn(said)[0]);
  });
});

describe('guessing keys', () => {
  it('two thousand times, with whatever address it pretends, finds none and locks nobody out', async () => {
    const seen = new Map<number, number>();
    for (let turn = 0; turn < 2_000; turn += 100) {
      const batch = Array.from({ length: 100 }, (_, n) =>
        fetch(`${base}/process/kill`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ff_${turn + n}`,
            'content-type': 'application/json',
            'x-forwarded-for': `10.0.${turn / 100}.${n}`,
            forwarded: `for=10.1.${turn / 100}.${n}`,
          },
          body: '{}',
        }).then(({ status }) => seen.set(status, (seen.get(status) ?? 0) + 1)),
      );
      await Promise.all(batch);
    }
    expect([...seen.keys()].sort()).toEqual([401, 429]);
    expect(seen.get(401) ?? 0).toBeLessThan(50);
    expect((await post(`${base}/process/kill`, { run_id: 'no-such-run' })).status).toBe(404);
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
    expect(await isJobAlive()).toBe(true);
  });
});

describe('a client that is greedy', () => {
  it('and asks again before it was answered gets one answer, and asks again on another connection', async () => {
    const request = `GET /healthz HTTP/1.1\r\n${HOST()}\r\n\r\n`;
    expect(statusesIn(await send(request.repeat(5)))).toEqual([200]);
    expect(statusesIn(await send(request.repeat(1_000))).length).toBeLessThan(2);
    const following = `GET /stream HTTP/1.1\r\n${HOST()}\r\n\r\n`;
    expect(statusesIn(await send(following + request.repeat(1_000))).length).toBeLessThan(2);
  });

  it('for the most there is to ask and takes nothing is hung up on, and others are answered', async () => {
    const [{ run_id = '' } = {}] = await get<Run[]>(`${base}/v1/runs`);
    addReadings(world.env['FLOWFORGE_DB_PATH'] ?? '', run_id, LIMITS.samplesListMax);
    const asking = `GET /v1/runs/${run_id}/samples HTTP/1.1\r\n${HOST()}\r\n\r\n`;
    const before = residentMb(serve.child.pid ?? 0);
    const crowd = await hold(LIMITS.apiConnectionsMax / 2, asking.repeat(10), 'pause');
    for (let turn = 0; turn < 20; turn += 1) {
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
    }
    expect(residentMb(serve.child.pid ?? 0) - before).toBeLessThan(300);
    for (const socket of crowd) socket.destroy();
    expect(await isJobAlive()).toBe(true);
  }, 60_000);

  it('for what Node cannot expect is refused in the form of all errors', async () => {
    const said = await send(`GET /healthz HTTP/1.1\r\n${HOST()}\r\nExpect: miracles\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
  });
});

describe('a connection on which nothing is ever asked', () => {
  it('is hung up on without a word: a browser keeps spare ones, and would take it for the answer to what it asks next', async () => {
    expect(await toSilence).toBe('');
  }, 30_000);
});

describe('a crowd', () => {
  it('of idle, slow and unfinished connections keeps nobody out', async () => {
    const most = LIMITS.apiConnectionsMax;
    const crowds = [
      await hold(most, ''),
      await hold(most, `GET /healthz HTTP/1.1\r\nHo`),
      await hold(most, `POST /process/kill HTTP/1.1\r\n${ACT()}\r\nContent-Length: 9\r\n\r\n{`),
    ];
    for (let turn = 0; turn < 20; turn += 1) {
      const answer = await fetch(`${base}/healthz`, { headers: { connection: 'close' } });
      expect(answer.status).toBe(200);
    }
    expect(await isJobAlive()).toBe(true);
    for (const socket of crowds.flat()) socket.destroy();
  }, 60_000);

  it('of connections does not push out who follows the stream', async () => {
    const follower = connect(port, '127.0.0.1');
    let told = '';
    let isClosed = false;
    follower.setEncoding('utf8').on('data', (part: string) => {
      told += part;
    });
    follower.once('close', () => {
      isClosed = true;
    });
    follower.write(`GET /stream?topics=status HTTP/1.1\r\n${HOST()}\r\n\r\n`);
    await expect.poll(() => told).toContain('event: snapshot');
    const crowd = await hold(LIMITS.apiConnectionsMax + 200, '');
    told = '';
    await expect.poll(() => told, { timeout: 5_000 }).toContain('event: status');
    expect(isClosed).toBe(false);
    for (const socket of crowd) socket.destroy();
    follower.destroy();
  }, 60_000);
});
