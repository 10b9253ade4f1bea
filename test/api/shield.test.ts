import { describe, expect, it } from 'vitest';
import { aRun } from '../support/a-run.ts';
import { createTestApi, HOST, KEY } from '../support/api.ts';

const ROUTES = [
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/metrics'],
  ['GET', '/timeline'],
  ['GET', '/incidents'],
  ['GET', '/stream'],
  ['GET', '/v1/runs'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['POST', '/process/kill'],
  ['GET', '/no/such/path'],
] as const;

const asKeyHolder = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

describe('a request for another host', () => {
  const HOSTS = [
    'evil.test',
    'evil.test:8080',
    'localhost.evil.test:8080',
    'localhost:9999',
    '127.0.0.1',
    '192.168.1.5:8080',
    'localhost.:8080',
    '0.0.0.0:8080',
    '[::]:8080',
    '127.0.0.1:8080@evil.test',
    'me@127.0.0.1:8080',
    '127.0.0.1:8080:8080',
    '',
  ];
  it.each(ROUTES)('is refused, right key or not: %s %s', async (method, path) => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    for (const host of HOSTS) {
      const answer = await api.request(path, { method, headers: { ...asKeyHolder, host } });
      expect([host, answer.status]).toEqual([host, 421]);
      expect(await answer.json()).toMatchObject({ code: 'FF_HOST', status: 421 });
    }
    expect(api.asked).toEqual([]);
  });

  it('is let in under every name of this host', async () => {
    const api = createTestApi();
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST:8080']) {
      expect((await api.request('/healthz', { headers: { host } })).status).toBe(200);
    }
  });
});

describe('a name that was given to the API', () => {
  const given = { hostNames: ['flowforge', 'guard.example.org'] };

  it.each([true, false])(
    'is answered to at any port, and no other is (loopback: %s)',
    async (isLoopback) => {
      const api = createTestApi({ settings: { ...given, isLoopback } });
      const statusOf = async (host: string, origin?: string) => {
        const headers = { ...asKeyHolder, host, ...(origin ? { origin } : {}) };
        return (await api.request('/metrics', { headers })).status;
      };
      expect(await statusOf('flowforge:8080')).toBe(200);
      expect(await statusOf('Guard.Example.org', 'https://guard.example.org')).toBe(200);
      expect(await statusOf('guard.example.org', 'https://evil.test')).toBe(403);
      for (const host of [
        'evil.test',
        'flowforge.evil.test:8080',
        'xflowforge:8080',
        'flowforge@evil.test',
      ]) {
        expect([host, await statusOf(host)]).toEqual([host, 421]);
      }
      // TLS only where somebody says that it stands before us.
      expect(await statusOf('127.0.0.1:8080', 'https://127.0.0.1:8080')).toBe(403);
    },
  );
});

describe('a page of another origin', () => {
  const PAGES: Record<string, string>[] = [
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'https://127.0.0.1:8080' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ];
  it.each(ROUTES)('reads nothing and orders nothing: %s %s', async (method, path) => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    for (const page of PAGES) {
      const answer = await api.request(path, { method, headers: { ...asKeyHolder, ...page } });
      expect([page, answer.status]).toEqual([page, 403]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(api.asked).toEqual([]);
  });

  it('is not let in by asking first, not even to the network of this host', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    for (const [, path] of ROUTES) {
      const answer = await api.request(path, {
        method: 'OPTIONS',
        headers: {
          origin: 'http://evil.test',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
          'access-control-request-private-network': 'true',
        },
      });
      expect(answer.status).toBe(403);
      expect([...answer.headers.keys()].filter((it) => it.startsWith('access-'))).toEqual([]);
    }
  });

  it('may hold a link to ours, and our own pages may ask', async () => {
    const api = createTestApi();
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect((await api.request('/docs', { headers: link })).status).toBe(200);
    const own = { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
    expect((await api.request('/timeline', { headers: own })).status).toBe(200);
  });
});

describe('a key', () => {
  it('is needed to act, and whoever lacks one is refused and recorded', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const answer = await api.request('/process/kill', { method: 'POST' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    const requestId = answer.headers.get('x-request-id');
    expect(api.audited).toMatchObject([{ action: 'AUTH_REFUSED', requestId }]);
    expect(api.asked).toEqual([]);
  });

  it('that only reads may not act', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const answer = await api.act('/process/kill', {}, { authorization: 'Bearer reading-key' });
    expect(answer.status).toBe(403);
    expect(api.audited).toMatchObject([{ actor: 'api-key:reader' }]);
  });

  it('that is right passes after any number of wrong ones, which are slowed down', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const statuses: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const wrong = await api.act('/process/kill', {}, { authorization: `Bearer wrong-${turn}` });
      statuses.push(wrong.status);
      if (wrong.status === 429) expect(Number(wrong.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual(Array(40).fill(429));
    expect((await api.act('/process/kill')).status).toBe(202);
    const wrongKey = { authorization: 'Bearer wrong' };
    expect((await api.request('/healthz', { headers: wrongKey })).status).toBe(200);
    api.clock.advance(60_000);
    const later = await api.act('/process/kill', {}, { authorization: 'Bearer wrong' });
    expect(later.status).toBe(401);
  });

  it('is needed for everything but health on an address others can reach', async () => {
    const api = createTestApi({
      settings: { bindHost: '0.0.0.0', isLoopback: false, readNeedsKey: true },
    });
    const headers = { host: '192.168.1.5:8080' };
    for (const [, path] of ROUTES.filter(([method]) => method === 'GET')) {
      const isHealth = path === '/healthz' || path === '/readyz';
      const { status } = await api.request(path, { headers });
      expect([path, status]).toEqual([path, isHealth ? 200 : 401]);
    }
    const told = await (await api.request('/readyz', { headers })).text();
    expect(told).not.toContain('takes writes');
    const keyed = { ...headers, authorization: 'Bearer reading-key' };
    expect((await api.request('/timeline', { headers: keyed })).status).toBe(200);
  });

  it('has readiness told in detail to whoever may read, and refuses no probe', async () => {
    const api = createTestApi({
      settings: { bindHost: '0.0.0.0', isLoopback: false, readNeedsKey: true },
    });
    const told = async (authorization: string) => {
      const answer = await api.request('/readyz', { headers: { authorization } });
      return [answer.status, (await answer.text()).includes('takes writes')];
    };
    expect(await told('Bearer reading-key')).toEqual([200, true]);
    for (let guess = 0; guess < 30; guess++) {
      expect(await told(`Bearer wrong-${guess}`)).toEqual([200, false]);
    }
    // Guessing here is as little worth as anywhere else.
    const elsewhere = await api.request('/timeline', { headers: { authorization: 'Bearer x' } });
    expect(elsewhere.status).toBe(429);
  });
});

describe('a form', () => {
  it.each([
    ['text/plain', '{"reason":"x"}', 415],
    ['application/x-www-form-urlencoded', 'reason=x', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/jsonx', '{}', 415],
    ['application/json', '{"reason":', 400],
    ['application/json', '[]', 400],
    ['application/json', '{"reason":7}', 400],
    ['application/json', '{"unknown":"x"}', 400],
    ['application/json', JSON.stringify({ reason: 'x'.repeat(70_000) }), 413],
    ['application/json; charset=utf-8', '{"reason":"x"}', 202],
  ])('declared as %s that holds %.40s is answered with %i', async (type, body, status) => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': type };
    const answer = await api.request('/process/kill', { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(api.asked).toHaveLength(status === 202 ? 1 : 0);
  });

  it('that is endless is cut off', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const init = { method: 'POST', headers: asKeyHolder, body, duplex: 'half' } as RequestInit;
    expect((await api.request('/process/kill', init)).status).toBe(413);
    expect(sent).toBeLessThan(200_000);
  });
});

describe('every answer', () => {
  it('has the id of the request, as it was sent or made', async () => {
    const api = createTestApi();
    const given = await api.request('/nope', { headers: { 'x-request-id': 'mine-1' } });
    expect(given.headers.get('x-request-id')).toBe('mine-1');
    expect(await given.json()).toMatchObject({ request_id: 'mine-1', code: 'FF_NOT_FOUND' });
    const long = await api.request('/healthz', { headers: { 'x-request-id': 'x'.repeat(200) } });
    expect(long.headers.get('x-request-id')).toMatch(/^req_\d+$/);
  });

  it.each(ROUTES)('has headers that keep browsers from guessing: %s %s', async (method, path) => {
    const api = createTestApi();
    const { headers, body } = await api.request(path, { method });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toContain('no-store');
    await body?.cancel();
  });

  it('to a method that is not there says which are', async () => {
    const api = createTestApi();
    for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS']) {
      const answer = await api.request('/timeline', { method });
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await api.request('/process/kill')).headers.get('allow')).toBe('POST');
  });

  it('from one address too often is 429, but never for probes and scrapers', async () => {
    const api = createTestApi();
    let limited = 0;
    for (let turn = 0; turn < 4_100; turn += 1) {
      if ((await api.request('/nope')).status === 429) limited += 1;
    }
    expect(limited).toBeGreaterThan(0);
    expect((await api.request('/healthz')).status).toBe(200);
    expect((await api.request('/metrics')).status).toBe(200);
    expect((await api.request('/timeline', { address: '192.168.1.9' })).status).toBe(200);
  });

  it('of many items costs as much as many, from whichever of its own addresses a host asks', async () => {
    const api = createTestApi();
    const statuses: number[] = [];
    for (let turn = 0; turn < 25; turn += 1) {
      const address = ['127.0.0.1', `127.0.0.${turn}`, '::1', '::ffff:127.1.2.3'][turn % 4];
      const path = '/v1/runs/run_none/samples';
      statuses.push((await api.request(path, address ? { address } : {})).status);
    }
    expect(statuses).toEqual([...Array(20).fill(404), ...Array(5).fill(429)]);
    api.clock.advance(1_000);
    expect((await api.request('/v1/runs/run_none/samples')).status).toBe(404);
  });

  it('tells nothing of the inside when the evidence cannot be read', async () => {
    const api = createTestApi();
    api.store.close();
    const answer = await api.request('/timeline');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.text()).not.toMatch(/sqlite|\/tmp|at \w+ \(/i);
    expect((await api.request('/metrics')).status).toBe(200);
  });
});
