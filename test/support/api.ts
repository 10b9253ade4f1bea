// An API in this process over a real database, asked as over HTTP; the runs behind it are made up.

import { onTestFinished } from 'vitest';
import { expose } from '../../src/adapters/prometheus/exposition.ts';
import { SqliteAnswers } from '../../src/adapters/sqlite/answers.ts';
import { openDatabase } from '../../src/adapters/sqlite/database.ts';
import { SqliteSessions } from '../../src/adapters/sqlite/sessions.ts';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import { type ApiApp, createApi } from '../../src/api/app.ts';
import type { ApiSettings } from '../../src/api/world.ts';
import type { ControlAnswer, ControlRequest, ControlStatus } from '../../src/core/control.ts';
import type { FactOf } from '../../src/core/event.ts';
import { epochMs } from '../../src/core/time.ts';
import type { Principal, ReadinessCheck } from '../../src/ports.ts';
import { anEvent, countingIds, scratch } from './evidence.ts';

import { FakeClock } from './fake-clock.ts';

export const KEY = 'right-key';
export const HOST = '127.0.0.1:8080';

export interface TestApi {
  readonly app: ApiApp;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly sessions: SqliteSessions;
  readonly answers: SqliteAnswers;
  readonly databasePath: string;
  /** What the runs were asked, in order, but for their status. */
  readonly asked: ControlRequest[];
  readonly audited: FactOf<'audit.noted'>['payload'][];
  readonly complaints: Error[];
  readonly checks: ReadinessCheck[];
  /** Keys that hold no more. */
  readonly revoked: Set<string>;
  request(path: string, init?: RequestInit & { address?: string }): Promise<Response>;
  act(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

const RIGHT: Principal = { id: 'env', scopes: ['read', 'act', 'admin'] };
const READER: Principal = { id: 'reader', scopes: ['read'] };
const ACTOR: Principal = { id: 'actor', scopes: ['act'] };
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  [KEY]: RIGHT,
  'reading-key': READER,
  'acting-key': ACTOR,
};
/** The keys of the database, as far as sessions ask of them. */
const keys = {
  holding: (id: string) => {
    const never = { createdAt: epochMs(0), expiresAt: null, revokedAt: null, lastUsedDay: null };
    return id === READER.id ? { ...READER, name: id, ...never } : null;
  },
};

const SETTING = {
  key: 'max-cpu',
  group: 'limits',
  about: 'CPU that counts as busy',
  value: '80%',
  from: 'default',
  where: 'default',
};

/** An API whose runs answer with `answer`, or else grant everything. */
export function createTestApi({
  runs = [],
  silent = [],
  answer,
  settings = {},
  files = new Map(),
  memoryOf,
  databaseOf,
}: {
  runs?: readonly ControlStatus[];
  answer?: (request: ControlRequest) => ControlAnswer | 'gone' | 'silent';
  /** Ids of runs whose supervisors do not answer. */
  silent?: readonly string[];
  settings?: Partial<ApiSettings>;
  /** Of the dashboard, by name. */
  files?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Remembers the answers of this one, as its successor does. */
  memoryOf?: TestApi;
  /** Reads the evidence of this one. */
  databaseOf?: TestApi;
} = {}): TestApi {
  const clock = new FakeClock();
  const place = scratch();
  const store = openStore({ path: place.path('f.db'), clock, ids: countingIds });
  const asked: ControlRequest[] = [];
  const audited: FactOf<'audit.noted'>['payload'][] = [];
  const complaints: Error[] = [];
  const checks: ReadinessCheck[] = [
    { name: 'database', state: 'ok', detail: 'takes writes', hint: 'make room' },
  ];
  const revoked = new Set<string>();
  let made = 0;
  const database = openDatabase(place.path('f.db'), clock.now());
  const sessions = new SqliteSessions(database.handle, keys, {
    configured: { principal: RIGHT, secret: KEY },
    now: () => clock.now(),
  });
  const answers = new SqliteAnswers(database.handle, () => clock.now());
  const app = createApi({
    clock,
    newRequestId: () => `req_${++made}`,
    reader: (databaseOf?.store ?? store).reader,
    runs: {
      list: async () => ({ answering: runs, silent }),
      ask: async (runId, request) => {
        asked.push(request);
        const status = runs.find((run) => run.runId === runId);
        if (answer) return answer(request);
        return status ? { version: 1, ok: true, status } : 'gone';
      },
    },
    authenticate: (secret) => (revoked.has(secret) ? null : (PRINCIPALS[secret] ?? null)),
    sessions,
    answers: memoryOf?.answers ?? answers,
    audit: (note) => audited.push(note),
    answer: (incident, said) => {
      const { runId, attempt, id: incidentId } = incident;
      const where = { runId, attempt, incidentId };
      store.log.append([anEvent('incident.answered', said, where)], 'durable');
    },
    dashboardFile: (name, isCompressed) => files.get(isCompressed ? `${name}.gz` : name) ?? null,
    complain: (error) => complaints.push(error),
    examine: () => [...checks],
    samplerLagSeconds: () => 0,
    expose,
    settings: {
      version: '2.0.0',
      hostId: 'host-1',
      bindHost: '127.0.0.1',
      port: () => 8080,
      isLoopback: true,
      hostNames: [],
      readNeedsKey: false,
      policy: () => [SETTING],
      ...settings,
    },
  });
  onTestFinished(() => {
    app.close();
    database.handle.close();
    store.close();
    place.remove();
  });
  const request: TestApi['request'] = async (path, { address = '127.0.0.1', ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', HOST);
    const peer = { address, hostCount: 1, target: path };
    return app.fetch(new Request(`http://${HOST}${path}`, { ...init, headers }), { peer });
  };
  return {
    databasePath: place.path('f.db'),
    ...{
      app,
      clock,
      store,
      sessions,
      answers,
      asked,
      audited,
      complaints,
      checks,
      revoked,
      request,
    },
    act: (path, body, headers = {}) =>
      request(path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${KEY}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(body ?? {}),
      }),
  };
}
