// The API described: for programs as OpenAPI, for people as a page that needs nothing from anywhere else.

import { createRoute } from '@hono/zod-openapi';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import { type Api, json, PROBLEMS } from '../route.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
code { font: 0.95em ui-monospace, monospace; overflow-wrap: anywhere; }
section { border-top: 1px solid gray; padding: 0.5rem 0; }
summary { cursor: pointer; }
h2 { font-size: 1rem; margin: 0.5rem 0; }
`;

export function addDocument(api: Api, version: string): void {
  const config = {
    openapi: '3.1.0',
    info: {
      title: 'FlowForge',
      version,
      description: 'Every run of this host: what it does, what happened, and orders to it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
  };
  let made: Document | null = null;
  const document = () => {
    if (!made) {
      made = api.getOpenAPI31Document(config);
      nameOperations(made);
    }
    return made;
  };
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'an API key',
  });
  const openapi = createRoute({
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    responses: { 200: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1'), ...PROBLEMS },
  });
  api.openapi(openapi, (c) => c.json(document() as never, 200));
  const page = createRoute({
    method: 'get',
    path: '/docs',
    summary: 'This description, to read',
    responses: {
      200: { description: 'a page', content: { 'text/html': { schema: z.string() } } },
      ...PROBLEMS,
    },
  });
  api.openapi(page, async (c) => c.html(await render(document())) as never);
  const style = createRoute({
    method: 'get',
    path: '/docs.css',
    summary: 'How the page looks',
    responses: {
      200: { description: 'a style sheet', content: { 'text/css': { schema: z.string() } } },
      ...PROBLEMS,
    },
  });
  api.openapi(style, (c) => {
    c.header('Content-Type', 'text/css; charset=utf-8');
    return c.body(STYLE) as never;
  });
}

type Document = ReturnType<Api['getOpenAPI31Document']>;

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { name: string; in: string; schema?: Schema }[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content & { readonly description: string }>>;
}

interface Route extends Operation {
  readonly path: string;
  readonly method: string;
}

const routesIn = ({ paths = {} }: Document): readonly Route[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, it]) => {
      return { path, method, ...it };
    }),
  );

/** Names each operation for the programs that are generated from this: `GET /v1/runs/{id}` is `getV1RunsId`. */
function nameOperations({ paths = {} }: Document): void {
  for (const [path, methods] of Object.entries(paths)) {
    const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean);
    const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>)) {
      operation.operationId = method + name;
    }
  }
}

function render(document: Document) {
  const { info } = document;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>FlowForge API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head>
<body><h1>FlowForge API ${info.version}</h1>
<p>${info.description} For programs: <a href="/openapi.json">openapi.json</a>.</p>
${routesIn(document).map((route) => section(route, document))}</body></html>`;
}

function section(route: Route, document: Document) {
  const { path, method, summary, parameters = [], requestBody, responses = {} } = route;
  const fields = [
    ...parameters.map((it) => ({ name: it.name, at: it.in, about: it.schema?.description })),
    ...fieldsOf(schemaIn(requestBody), document).map((it) => ({ ...it, at: 'body' })),
  ];
  const answers = Object.entries(responses).filter(([status]) => status < '300');
  return html`<section><h2><code>${method.toUpperCase()} ${path}</code></h2><p>${summary}</p>
${list(fields.map(({ name, at, about }) => html`<code>${name}</code> (${at}) ${about ?? ''}`))}
${answers.map(
  ([status, answer]) => html`<details><summary>${status}: ${answer.description}</summary>
${list(fieldsOf(schemaIn(answer), document).map(({ name, about }) => html`<code>${name}</code> ${about ?? ''}`))}</details>`,
)}</section>`;
}

const list = (items: readonly ReturnType<typeof html>[]) =>
  items.length === 0 ? raw('') : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

const schemaIn = (body: Content | undefined): Schema | undefined =>
  body?.content?.['application/json']?.schema;

/** The fields of an object, or of the objects in a list. */
function fieldsOf(
  schema: (Schema & { readonly items?: Schema }) | undefined,
  document: Document,
): readonly { readonly name: string; readonly about: string | undefined }[] {
  const plain = schema?.items ?? schema;
  const named = plain?.$ref?.split('/').at(-1) ?? '';
  const found = document.components?.schemas?.[named] as Schema | undefined;
  const { properties = {} } = found ?? plain ?? {};
  return Object.entries(properties).map(([name, it]) => ({ name, about: it.description }));
}
