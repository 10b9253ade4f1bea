import { describe, expect, it } from 'vitest';
import { incident } from '../../src/contract/incident.ts';
import { policy } from '../../src/contract/policy.ts';
import type { IncidentId } from '../../src/core/id.ts';
import { createTestApi } from '../support/api.ts';
import { anEvent } from '../support/evidence.ts';

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const FILES = new Map([
  ['index.html', bytesOf('<!doctype html>the page')],
  ['assets/main-ABC.js', bytesOf('plain')],
  ['assets/main-ABC.js.gz', bytesOf('packed')],
  ['assets/style-ABC.css', bytesOf('p{}')],
]);

describe('the dashboard', () => {
  it('stands at the root and is one page for all of its addresses', async () => {
    const api = createTestApi({ files: FILES });
    const root = await api.request('/');
    expect([root.status, root.headers.get('location')]).toEqual([302, '/ui/']);
    for (const path of ['/ui', '/ui/', '/ui/incidents', '/ui/incidents/inc_1', '/ui/runs/run_1']) {
      const page = await api.request(path);
      expect(await page.text(), path).toContain('the page');
      expect(page.headers.get('cache-control')).toBe('no-store');
    }
    expect((await api.request('/ui/a/b/c')).status).toBe(404);
  });

  it('may load from its own origin alone, nothing inline, and be framed by nobody', async () => {
    const page = await createTestApi({ files: FILES }).request('/ui/');
    const allowed = page.headers.get('content-security-policy') ?? '';
    expect(allowed).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(allowed).toContain("frame-ancestors 'none'");
    expect(allowed).not.toMatch(/unsafe|\*|http|data:/);
  });

  it('has assets that are kept for ever, compressed for who takes that', async () => {
    const api = createTestApi({ files: FILES });
    const plain = await api.request('/ui/assets/main-ABC.js');
    expect(await plain.text()).toBe('plain');
    expect(plain.headers.get('cache-control')).toContain('immutable');
    expect(plain.headers.get('content-type')).toContain('text/javascript');
    const packed = await api.request('/ui/assets/main-ABC.js', {
      headers: { 'accept-encoding': 'br, gzip' },
    });
    expect(await packed.text()).toBe('packed');
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const style = await api.request('/ui/assets/style-ABC.css', {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(await style.text()).toBe('p{}');
    expect(style.headers.get('content-encoding')).toBe(null);
  });

  it.each(['nothing-ABC.js', '..%2findex.html', 'main-ABC.js.gz', '%2e%2e%2fx.js', 'main'])(
    'has no asset %s, and says so in the form of every error',
    async (name) => {
      const answer = await createTestApi({ files: FILES }).request(`/ui/assets/${name}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'FF_NOT_FOUND' });
      expect(answer.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('says so where it is not part of the installation', async () => {
    expect((await createTestApi().request('/ui/')).status).toBe(404);
  });

  it('is given without a key where reading needs one, and nothing else is', async () => {
    const settings = { isLoopback: false, readNeedsKey: true, bindHost: '0.0.0.0' };
    const api = createTestApi({ files: FILES, settings });
    expect((await api.request('/ui/')).status).toBe(200);
    expect((await api.request('/ui/assets/main-ABC.js')).status).toBe(200);
    expect((await api.request('/v1/policy')).status).toBe(401);
    expect((await api.request('/ui/', { method: 'POST' })).status).toBe(401);
  });
});

describe('the policy', () => {
  it('is told as documented, with where each value came from', async () => {
    const told = await (await createTestApi().request('/v1/policy')).json();
    expect(policy.parse(told).settings).toMatchObject([{ key: 'max-cpu', from: 'default' }]);
  });
});

describe('an answer to an incident', () => {
  const withIncident = () => {
    const api = createTestApi();
    const incidentId = 'inc_1' as IncidentId;
    api.store.log.append([anEvent('incident.opened', {}, { incidentId })], 'durable');
    return api;
  };

  it('is recorded with who gave it; the latest holds', async () => {
    const api = withIncident();
    const first = await api.act('/v1/incidents/inc_1/answer', { verdict: 'right' });
    expect(incident.parse(await first.json())).toMatchObject({ verdict: 'right', note: '' });
    const second = { verdict: 'false-alarm', note: 'it was a training run' };
    const answer = await api.act('/v1/incidents/inc_1/answer', second);
    expect(await answer.json()).toMatchObject(second);
    const listed = await api.request('/v1/timeline?incident_id=inc_1');
    const chain = (await listed.json()) as unknown[];
    expect(chain.at(-1)).toMatchObject({ event_type: 'incident.answered', actor: 'api-key:env' });
  });

  it.each([
    ['without a key', {}, { verdict: 'right' }, 401],
    [
      'with a key that may only read',
      { authorization: 'Bearer reading-key' },
      { verdict: 'right' },
      403,
    ],
    ['that is neither right nor false', undefined, { verdict: 'maybe' }, 400],
    ['with more than is known', undefined, { verdict: 'right', extra: 1 }, 400],
  ])('is refused %s', async (_, headers, body, status) => {
    const api = withIncident();
    const answer = headers
      ? await api.request('/v1/incidents/inc_1/answer', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        })
      : await api.act('/v1/incidents/inc_1/answer', body);
    expect(answer.status).toBe(status);
  });

  it('is refused of an incident that is not there', async () => {
    const answer = await createTestApi().act('/v1/incidents/inc_9/answer', { verdict: 'right' });
    expect(answer.status).toBe(404);
  });
});
