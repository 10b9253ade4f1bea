import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pruneStore } from '../../src/adapters/sqlite/prune.ts';
import { METRICS } from '../../src/api/metric-names.ts';
import { incident } from '../../src/contract/incident.ts';
import { run } from '../../src/contract/run.ts';
import { timelineItem } from '../../src/contract/timeline.ts';
import { ACTION_SECONDS } from '../../src/core/action-seconds.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { epochMs } from '../../src/core/time.ts';
import type { TimelineItem } from '../../src/core/timeline.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi, KEY, type TestApi } from '../support/api.ts';
import { anEvent, EVENT_TYPES } from '../support/evidence.ts';

const root = resolve(import.meta.dirname, '../..');

const incidentId = 'inc_1' as IncidentId;

function withEverything(): TestApi {
  const api = createTestApi();
  api.store.log.append(
    EVENT_TYPES.map((type) => anEvent(type, {}, { incidentId })),
    'durable',
  );
  return api;
}

const get = async <T>(api: TestApi, path: string): Promise<T> =>
  (await api.request(path)).json() as Promise<T>;

describe('the timeline', () => {
  it('tells every type of event in the form that is documented', async () => {
    const items = await get<TimelineItem[]>(withEverything(), '/timeline?limit=500');
    expect(items.map(({ event_type }) => event_type).sort()).toEqual([...EVENT_TYPES].sort());
    for (const item of items) timelineItem.parse(item);
    expect(items.map(({ seq }) => seq)).toEqual(items.map(({ seq }) => seq).sort((a, b) => b - a));
  });

  it('is [] when nothing happened', async () => {
    expect(await get(createTestApi(), '/timeline')).toEqual([]);
  });

  it('is read page by page, each item once, newest first or as a chain', async () => {
    const api = withEverything();
    for (const filter of ['limit=3', 'limit=3&run_id=run_1', 'limit=2&incident_id=inc_1']) {
      const seqs: number[] = [];
      let path: string | undefined = `/timeline?${filter}`;
      while (path) {
        const answer = await api.request(path);
        const page = (await answer.json()) as TimelineItem[];
        seqs.push(...page.map(({ seq }) => seq));
        path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      }
      expect(seqs).toHaveLength(EVENT_TYPES.length);
      const isChain = filter.includes('_id');
      expect(seqs).toEqual([...seqs].sort((a, b) => (isChain ? a - b : b - a)));
    }
  });

  it('ends a page where it would be too large, and goes on after it', async () => {
    const api = createTestApi();
    const lastLines = Array.from({ length: 60 }, () => 'x'.repeat(4_000));
    const events = Array.from({ length: 80 }, () => anEvent('tree.frozen', { lastLines }));
    api.store.log.append(events, 'durable');
    const seqs: number[] = [];
    let path: string | undefined = '/timeline?limit=500&run_id=run_1';
    let pages = 0;
    for (; path; pages++) {
      const answer = await api.request(path);
      const text = await answer.text();
      expect(text.length).toBeLessThan(LIMITS.listBytesMax + LIMITS.eventPayloadBytesMax + 100_000);
      seqs.push(...(JSON.parse(text) as TimelineItem[]).map(({ seq }) => seq));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(pages).toBeGreaterThan(1);
    expect(seqs).toEqual(events.map((_, index) => index + 1));
  });

  it('is filtered by type', async () => {
    const items = await get<TimelineItem[]>(withEverything(), '/timeline?type=audit');
    expect(new Set(items.map(({ type }) => type))).toEqual(new Set(['audit']));
  });

  it.each([
    ['limit=0', 'query.limit'],
    ['limit=501', 'query.limit'],
    ['limit=x', 'query.limit'],
    ['type=nothing', 'query.type'],
    ['since=yesterday', 'query.since'],
    ['cursor=-1', 'query.cursor'],
    ['lmit=5', 'query.lmit'],
    ['run_id=', 'query.run_id'],
  ])('refuses %s by its name', async (query, field) => {
    const answer = await createTestApi().request(`/timeline?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ fields: [{ name: field }] });
  });
});

describe('incidents and runs', () => {
  it('are told in the form that is documented, one or all', async () => {
    const api = withEverything();
    const [listed] = await get<{ incident_id: string }[]>(api, '/incidents');
    expect(incident.parse(listed)).toEqual(await get(api, '/v1/incidents/inc_1'));
    const [first] = await get<unknown[]>(api, '/v1/runs');
    expect(run.parse(first)).toEqual(await get(api, '/v1/runs/run_1'));
    expect((await api.request('/v1/incidents/inc_none')).status).toBe(404);
    expect((await api.request('/v1/runs/run_none')).status).toBe(404);
  });

  it('tell the limits of a run, and that those of an older record are not known', async () => {
    const api = createTestApi();
    const started = (runId: string, limits: object) =>
      anEvent('run.started', limits, { runId: runId as RunId });
    const older = started('run_older', { maxCpuPercent: undefined, maxMemoryBytes: undefined });
    const newer = started('run_newer', { maxCpuPercent: 60, maxMemoryBytes: 1024 });
    api.store.log.append([older, newer], 'durable');
    expect(await get(api, '/v1/runs')).toMatchObject([
      { run_id: 'run_newer', max_cpu_percent: 60, max_memory_bytes: 1024 },
      { run_id: 'run_older', max_cpu_percent: null, max_memory_bytes: null },
    ]);
  });

  it('show a run as active, lost, unknown or ended, whatever the database still says', async () => {
    const api = createTestApi({ runs: [aRun('run_a'), aRun('run_new')], silent: ['run_e'] });
    const start = (runId: string, hostId = 'host-1') =>
      anEvent('run.started', {}, { runId: runId as RunId, hostId });
    const ended = anEvent('run.ended', {}, { runId: 'run_d' as RunId });
    api.store.log.append(
      [
        ...[start('run_a'), start('run_b'), start('run_c', 'host-2'), start('run_d'), ended],
        start('run_e'),
      ],
      'durable',
    );
    const runs = await get<{ run_id: string; state: string; phase: string | null }[]>(
      api,
      '/v1/runs',
    );
    const states = Object.fromEntries(runs.map(({ run_id, state }) => [run_id, state]));
    expect(states).toEqual({
      run_new: 'active',
      run_a: 'active',
      run_b: 'lost',
      run_c: 'unknown',
      run_d: 'ended',
      run_e: 'active',
    });
    const silent = runs.find(({ run_id }) => run_id === 'run_e');
    expect(silent?.phase).toBe('not-answering');
    expect(await get(api, '/v1/runs/run_e')).toEqual(silent);
    expect(JSON.stringify(runs)).not.toContain('hidden');
  });

  it('are all told that live, behind however many that have ended', async () => {
    const api = createTestApi({ runs: [aRun('run_a'), aRun('run_new')], silent: ['run_e'] });
    const started = (runId: string) => anEvent('run.started', {}, { runId: runId as RunId });
    const many = Array.from({ length: 60 }, (_, index) => `run_cron_${index}` as RunId);
    api.store.log.append(
      [
        ...[started('run_a'), started('run_e')],
        ...many.flatMap((runId) => [started(runId), anEvent('run.ended', {}, { runId })]),
      ],
      'durable',
    );
    const runs = await get<{ run_id: string }[]>(api, '/v1/runs?state=active');
    expect(runs.map(({ run_id }) => run_id).sort()).toEqual(['run_a', 'run_e', 'run_new']);
    expect(await get(api, '/v1/runs?state=active&limit=1')).toHaveLength(1);
    expect((await api.request('/v1/runs?state=ended')).status).toBe(400);
  });

  it('have their readings and their last lines', async () => {
    const api = withEverything();
    expect(await get(api, '/v1/runs/run_1/samples')).toEqual([]);
    expect(await get(api, '/v1/runs/run_1/output')).toMatchObject({
      frozen: [{ last_lines: ['retrying now'], incident_id: 'inc_1' }],
    });
    expect((await api.request('/v1/runs/run_none/samples')).status).toBe(404);
    expect((await api.request('/v1/runs/run_none/output')).status).toBe(404);
  });
});

describe('readiness', () => {
  it('names what fails with its hint, and is back when the cause is gone', async () => {
    const api = createTestApi();
    expect((await api.request('/readyz')).status).toBe(200);
    api.checks[0] = { name: 'database', state: 'fail', detail: 'disk full', hint: 'make room' };
    api.clock.advance(1_000);
    const failing = await api.request('/readyz');
    expect(failing.status).toBe(503);
    expect(await failing.json()).toEqual({
      status: 'not-ready',
      checks: { database: { state: 'fail', detail: 'disk full', hint: 'make room' } },
    });
    const lines = await (await api.request('/readyz?verbose')).text();
    expect(lines).toBe('[-]database fail: disk full (make room)\n');
    api.checks[0] = { name: 'database', state: 'ok', detail: 'takes writes', hint: null };
    api.clock.advance(1_000);
    expect((await api.request('/readyz')).status).toBe(200);
  });

  it('is not taken away by a warning, which is told with its hint', async () => {
    const api = createTestApi();
    api.checks.push({ name: 'place', state: 'warn', detail: 'in memory', hint: 'mount a volume' });
    const ready = await api.request('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        checks: {
          database: { state: 'ok', detail: 'takes writes', hint: null },
          place: { state: 'warn', detail: 'in memory', hint: 'mount a volume' },
        },
      },
    ]);
    const lines = await (await api.request('/readyz?verbose')).text();
    expect(lines).toContain('[!]place warn: in memory (mount a volume)\n');
    const metrics = await (await api.request('/metrics')).text();
    expect(metrics).toContain('flowforge_ready 1\n');
    expect(metrics).toContain('flowforge_ready_check{check="place"} 1\n');
  });
});

describe('the metrics', () => {
  const namesIn = (text: string) => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);

  it('are exactly those that are documented', async () => {
    const text = await (await withEverything().request('/metrics')).text();
    const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, n, t]) => [n, t]);
    expect(documented).toEqual(Object.entries(METRICS).map(([name, { type }]) => [name, type]));
    expect(new Set(namesIn(text))).toEqual(new Set(Object.keys(METRICS)));
  });

  it('have only the labels that are documented', async () => {
    const text = await (await withEverything().request('/metrics')).text();
    for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
      const base = name.replace(/_(bucket|sum|count)$/, '');
      const used = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
      const known = METRICS[(name in METRICS ? name : base) as keyof typeof METRICS].labels;
      expect(used.filter((label) => label !== 'le')).toEqual([...known]);
    }
  });

  it('count what the database knows, whoever asks first', async () => {
    const api = withEverything();
    const text = await (await api.request('/metrics')).text();
    expect(text).toContain('flowforge_runs_total{outcome="COMPLETED"} 1');
    expect(text).toContain('flowforge_incidents_total{detector="output-loop"} 1');
    expect(text).toContain('flowforge_actions_total{action="AUTO_STOP",outcome="done"} 1');
    expect(await (await api.request('/metrics')).text()).toContain(
      'flowforge_runs_total{outcome="COMPLETED"} 1',
    );
  });

  it('go on where they were when old events were removed, as often as that is done', async () => {
    const api = withEverything();
    const counters = async (at: TestApi): Promise<string[]> => {
      const text = await (await at.request('/metrics')).text();
      const named =
        /^flowforge_(?:(?:runs|incidents|actions|orphans_reaped|db_errors)_total|intervention).*$/gm;
      return [...text.matchAll(named)].map(([line]) => line);
    };
    const before = await counters(api);
    expect(before.length).toBeGreaterThan(3);
    const took = 'flowforge_intervention_duration_seconds';
    for (const bound of ACTION_SECONDS) {
      const le = Number.isInteger(bound) ? bound.toFixed(1) : bound;
      expect(before).toContain(`${took}_bucket{action="AUTO_STOP",le="${le}"} 1`);
    }
    expect(before).toContain(`${took}_sum{action="AUTO_STOP"} 0.02`);
    expect(await (await api.request('/timeline')).json()).not.toEqual([]);
    let last = api.store.reader.lastSeq();
    for (let turn = 1; turn <= 2; turn += 1) {
      const now = epochMs(api.clock.now() + 400 * 86_400_000);
      expect(pruneStore(api.databasePath, { before: now, now }).eventCount).toBeGreaterThan(0);
      expect(await (await api.request('/timeline')).json()).toEqual([]);
      const next = createTestApi({ databaseOf: api });
      for (let scrape = 1; scrape <= 3; scrape += 1) expect(await counters(next)).toEqual(before);
      expect(await (await next.request('/metrics')).text()).toContain(`last_seq ${last}\n`);
      expect(await (await next.request('/timeline')).json()).toEqual([]);
      last += 1;
      api.store.log.append([anEvent('decision.made')], 'durable');
    }
  });

  it('never take a path that somebody sent for a label', async () => {
    const api = createTestApi();
    for (let turn = 0; turn < 50; turn += 1) await api.request(`/nope/${turn}`);
    for (let turn = 0; turn < 50; turn += 1) await api.request(`/v1/runs/run_${turn}`);
    const text = await (await api.request('/metrics')).text();
    expect(text).toContain(
      'flowforge_http_requests_total{route="unmatched",method="GET",status="404"} 50',
    );
    expect(text).toContain(
      'flowforge_http_requests_total{route="/v1/runs/:id",method="GET",status="404"} 50',
    );
  });

  it('come as OpenMetrics for who asks', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0';
    const answer = await createTestApi().request('/metrics', { headers: { accept } });
    expect(answer.headers.get('content-type')).toContain('openmetrics-text; version=1.0.0');
    const text = await answer.text();
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(text).toContain('# TYPE flowforge_auth_failures counter');
  });
});

describe('the description', () => {
  it('has every route that is answered, and no other', async () => {
    const api = createTestApi();
    const { paths } = await get<{ paths: Record<string, object> }>(api, '/openapi.json');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    // The pages of the dashboard are for browsers, not for programs.
    const answered = api.app.routes.filter((route) => !/^GET \/(?:ui.*)?$/.test(route));
    expect(described.sort()).toEqual(answered.sort());
    for (const line of described) {
      const [method = '', path = ''] = line.split(' ');
      const { status, body } = await api.request(path.replace('{id}', 'x'), { method });
      expect([line, status]).not.toEqual([line, 405]);
      expect(status).toBeLessThan(500);
      await body?.cancel();
    }
  });

  it('has no GET that changes anything, asked with the key of one who may', async () => {
    const api = withEverything();
    const before = api.store.reader.lastSeq();
    for (const route of api.app.routes.filter((it) => it.startsWith('GET '))) {
      const path = route.slice('GET '.length).replace('{id}', 'run_1');
      const { body } = await api.request(path, { headers: { authorization: `Bearer ${KEY}` } });
      await body?.cancel();
    }
    expect([api.store.reader.lastSeq(), api.asked, api.audited]).toEqual([before, [], []]);
  });

  it('names each operation once', async () => {
    const { paths } = await get<{ paths: Record<string, Record<string, { operationId: string }>> }>(
      createTestApi(),
      '/openapi.json',
    );
    const names = Object.values(paths).flatMap((it) =>
      Object.values(it).map(({ operationId }) => operationId),
    );
    expect(names).toContain('postV1ProcessKill');
    expect(new Set(names).size).toBe(names.length);
  });

  it('can be read as a page that needs nothing from elsewhere', async () => {
    const page = await (await createTestApi().request('/docs')).text();
    expect(page).toContain('GET /v1/runs');
    for (const field of ['expected_attempt', 'idempotency-key', 'exit_reason']) {
      expect(page).toContain(`<code>${field}</code>`);
    }
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toContain('<script');
  });
});
