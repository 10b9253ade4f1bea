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
  let made: ReturnType<Api['getOpenAPI31Document']> | null = null;
  const document = () => {
    made ??= api.getOpenAPI31Document(config);
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

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { name: string; in: string; description?: string }[];
}

function render({ paths = {}, info }: ReturnType<Api['getOpenAPI31Document']>) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, it]) => ({
      path,
      method: method.toUpperCase(),
      ...it,
    })),
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>FlowForge API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head>
<body><h1>FlowForge API ${info.version}</h1>
<p>${info.description} For programs: <a href="/openapi.json">openapi.json</a>.</p>
${operations.map(section)}</body></html>`;
}

const section = ({ path, method, summary, parameters = [] }: Operation & Record<string, unknown>) =>
  html`<section><h2><code>${method} ${path}</code></h2><p>${summary}</p>
${
  parameters.length === 0
    ? raw('')
    : html`<ul>${parameters.map(
        (it) => html`<li><code>${it.name}</code> (${it.in}) ${it.description ?? ''}</li>`,
      )}</ul>`
}</section>`;
