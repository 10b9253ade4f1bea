import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problem } from '../../src/contract/problem.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi, KEY } from '../support/api.ts';

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('0', '-1', '1e9', 'run_1', 'inc_1', 'audit', '2026-01-01T00:00:00Z', '%00', '..'),
);
const path = fc.oneof(
  fc.constantFrom('/timeline', '/incidents', '/v1/runs', '/readyz', '/metrics', '/process/kill'),
  word.map((id) => `/v1/runs/${encodeURIComponent(id)}`),
  word.map((id) => `/v1/runs/${encodeURIComponent(id)}/samples`),
  word.map((id) => `/v1/incidents/${encodeURIComponent(id)}`),
);
const names = fc.constantFrom('limit', 'cursor', 'since', 'until', 'type', 'run_id', 'verbose');
const request = fc.record({
  path,
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD'),
  query: fc.array(fc.tuple(names, word), { maxLength: 3 }),
  body: fc.oneof(fc.json(), word),
});

describe('a request at random', () => {
  it('is never answered with 5xx, and every error is a problem as described', async () => {
    const api = createTestApi({ runs: [aRun('run_1')] });
    const property = fc.asyncProperty(request, async ({ path: at, method, query, body }) => {
      const search = new URLSearchParams(query).toString();
      const answer = await api.request(`${at}?${search}`, {
        method,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
      });
      api.clock.advance(10);
      const text = await answer.text();
      expect(answer.status).toBeLessThan(500);
      if (answer.status < 400 || method === 'HEAD') return;
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(problem.parse(JSON.parse(text)).status).toBe(answer.status);
    });
    await fc.assert(property, { numRuns: 3_000 });
  });
});
