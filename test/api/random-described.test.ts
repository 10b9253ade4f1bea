// Requests at random after the API's own description: every operation, with parameters and bodies that fit their schemas and
// such as do not. FLOWFORGE_RANDOM_REQUESTS says how many.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi, KEY, type TestApi } from '../support/api.ts';
import { anEvent } from '../support/evidence.ts';

const COUNT = Number(process.env['FLOWFORGE_RANDOM_REQUESTS'] ?? 3_000);
type Schema = Parameters<typeof z.fromJSONSchema>[0] & object;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly type?: unknown; readonly enum?: readonly string[] };
}
interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly takesBody: boolean;
  readonly responses: Readonly<
    Record<string, { readonly content?: Record<string, { schema: Schema }> }>
  >;
}

const IDS = ['run_1', 'run_2', 'inc_a', 'job', 'nobody'];
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    ...IDS,
    '0',
    '-1',
    '1',
    '500',
    '1e9',
    '9007199254740993',
    '2026-01-01T00:00:00Z',
    "' OR 1=1 --",
    '%00',
    '../..',
  ),
);
const body = fc.oneof(
  fc.constant(''),
  fc
    .record(
      {
        reason: fc.oneof(word, fc.constant(null)),
        run_id: word,
        expected_attempt: fc.oneof(fc.integer(), word),
        verdict: fc.constantFrom('right', 'false-alarm', 'perhaps'),
        key: word,
        token: word,
      },
      { requiredKeys: [] },
    )
    .map((it) => JSON.stringify(it)),
  fc.json(),
  word,
);

const asked = (operation: Operation) =>
  fc.record({
    operation: fc.constant(operation),
    id: fc.oneof(fc.constantFrom(...IDS), word),
    query: fc.tuple(...operation.parameters.filter((it) => it.in === 'query').map(pair)),
    body,
    key: fc.constantFrom(KEY, KEY, KEY, 'reading-key', 'wrong', ''),
    type: fc.constantFrom('application/json', 'application/json', 'text/plain', null),
    idempotencyKey: fc.option(fc.constantFrom('a', 'b'), { freq: 5 }),
  });
type Asked = ReturnType<typeof asked> extends fc.Arbitrary<infer T> ? T : never;

/** What any route may answer before it is reached stands in no route. */
const OF_ANY_ROUTE = [200, 401, 403, 404, 405, 413, 415, 429];

it(`${COUNT} requests after the description are answered as it says, and never with 5xx`, {
  timeout: 3_600_000,
}, async () => {
  const api = apiWithARun();
  const document = (await (await api.request('/openapi.json')).json()) as Described;
  const operations = operationsOf(document);
  expect(operations.length).toBeGreaterThan(25);
  const schemaOf = schemasOf(document);
  const seen = new Set<string>();
  const request = fc.constantFrom(...operations).chain(asked);
  const property = fc.asyncProperty(request, async (it) => {
    const answer = await send(api, it);
    api.clock.advance(50);
    seen.add(`${it.operation.method} ${it.operation.path} ${answer.status}`);
    await expectAsDescribed(answer, it.operation, schemaOf);
  });
  await fc.assert(property, { numRuns: COUNT });
  // That not everything was refused: most of what reads was answered, and orders were taken.
  const isMet = (start: string): boolean => [...seen].some((it) => it.startsWith(start));
  const unmet = operations
    .filter(({ method, path }) => method === 'get' && !isMet(`get ${path} 2`))
    .map(({ path }) => path);
  expect(unmet.length, unmet.join()).toBeLessThan(8);
  expect([...seen].filter((it) => it.endsWith(' 202')).length).toBeGreaterThan(0);
});

function apiWithARun(): TestApi {
  const api = createTestApi({ runs: [aRun('run_1', { name: 'job' })] });
  const stamp = { runId: 'run_1' as RunId };
  const incident = { ...stamp, incidentId: 'inc_a' as IncidentId };
  const events = [anEvent('run.started', {}, stamp), anEvent('incident.opened', {}, incident)];
  api.store.log.append(events, 'durable');
  return api;
}

function send(api: TestApi, { operation, id, query, ...it }: Asked): Promise<Response> {
  const { path, method, takesBody } = operation;
  const search = new URLSearchParams(query.flat() as [string, string][]).toString();
  return api.request(`${path.replace('{id}', encodeURIComponent(id))}?${search}`, {
    method: method.toUpperCase(),
    headers: {
      ...(it.key && { authorization: `Bearer ${it.key}` }),
      ...(it.idempotencyKey && { 'idempotency-key': it.idempotencyKey }),
      ...(takesBody && it.type && { 'content-type': it.type }),
    },
    // As it comes over the wire: a stream, also where nothing is in it.
    ...(takesBody && { body: new Blob([it.body]).stream(), duplex: 'half' }),
  });
}

async function expectAsDescribed(
  answer: Response,
  { path, responses }: Operation,
  schemaOf: (schema: Schema) => z.ZodType,
): Promise<void> {
  const { status } = answer;
  const isUnready = path.endsWith('/readyz') && status === 503;
  if (!isUnready) expect(status).toBeLessThan(500);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const described = responses[status]?.content?.[type];
  if (!described) expect(OF_ANY_ROUTE).toContain(status);
  if (!described || !type.endsWith('json')) {
    await answer.body?.cancel();
    return;
  }
  const { error } = schemaOf(described.schema).safeParse(await answer.json());
  expect(error?.issues).toBeUndefined();
}

/** Makes a checker of a schema, once. */
function schemasOf(document: Described): (schema: Schema) => z.ZodType {
  const made = new Map<Schema, z.ZodType>();
  return (schema) => {
    const known = made.get(schema) ?? z.fromJSONSchema(inlined(schema, document) as Schema);
    made.set(schema, known);
    return known;
  };
}

/** A parameter with a value: mostly one of its own words, where it has some. */
function pair({ name, schema }: Parameter): fc.Arbitrary<readonly [string, string][]> {
  const value = schema.enum ? fc.oneof(fc.constantFrom(...schema.enum), word) : word;
  return fc.oneof(
    fc.constant([]),
    value.map((it): [string, string][] => [[name, it]]),
  );
}

function operationsOf(document: Described): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const {
        parameters = [],
        requestBody,
        responses,
      } = described as Operation & { requestBody?: unknown };
      return { path, method, parameters, takesBody: requestBody !== undefined, responses };
    }),
  );
}

/** A schema with what it refers to in its place. */
function inlined(value: unknown, document: unknown): unknown {
  if (Array.isArray(value)) return value.map((it) => inlined(it, document));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) {
    const steps = String(value.$ref).slice(2).split('/');
    const target = steps.reduce<unknown>(
      (at, step) => (at as Record<string, unknown>)[step],
      document,
    );
    return inlined(target, document);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, it]) => [name, inlined(it, document)]),
  );
}
