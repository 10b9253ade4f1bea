// The API as a function from requests to answers. It never listens by itself.

import { OpenAPIHono } from '@hono/zod-openapi';
import { routePath } from 'hono/route';
import { createDoor } from './door.ts';
import { Metrics } from './metrics.ts';
import { ApiProblem, answerProblem, invalid, isUnexpected } from './problem.ts';
import { Readiness } from './readiness.ts';
import type { Api } from './route.ts';
import { addAnswer } from './routes/answer.ts';
import { addDashboard } from './routes/dashboard.ts';
import { addDocument } from './routes/document.ts';
import {
  addIncident,
  addIncidents,
  addOutput,
  addRun,
  addRuns,
  addSamples,
  addTimeline,
} from './routes/evidence.ts';
import { addHealth, addReadiness } from './routes/health.ts';
import { addMetrics } from './routes/metrics.ts';
import { addProcessOrder, addRunOrder, Orders } from './routes/orders.ts';
import { addPolicy } from './routes/policy.ts';
import { addSession } from './routes/session.ts';
import { addStream } from './routes/stream.ts';
import { Stream } from './stream.ts';
import type { ApiEnv, ApiWorld, Peer } from './world.ts';

export interface ApiApp {
  fetch(request: Request, env: { readonly peer?: Peer }): Response | Promise<Response>;
  /** Method and path pattern of every route that is answered, e.g. `GET /v1/runs/{id}`. */
  readonly routes: readonly string[];
  /** Ends every stream. */
  close(): void;
}

/** Builds the API. */
export function createApi(world: ApiWorld): ApiApp {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error, result.target);
    },
  });
  const readiness = new Readiness(world);
  const metrics = new Metrics(world, readiness);
  const stream = new Stream(world);
  measure(api, metrics, world);
  api.use(createDoor(world, (reason) => metrics.refused(reason)));
  addRoutes(api, world, { readiness, metrics, stream });
  const routes = routesOf(api);
  api.notFound((c) => answerProblem(unmatched(routes, c.req.path), c));
  api.onError((error, c) => {
    if (isUnexpected(error)) world.complain(error, c.get('requestId'));
    return answerProblem(error, c);
  });
  return {
    fetch: (request, env) => api.fetch(request, env),
    routes: routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    close: () => stream.close(),
  };
}

interface Parts {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly stream: Stream;
}

function addRoutes(api: Api, world: ApiWorld, { readiness, metrics, stream }: Parts): void {
  const { settings, expose } = world;
  const orders = new Orders(world);
  for (const prefix of ['/v1', ''] as const) {
    addHealth(api, prefix);
    addReadiness(api, { probe: readiness, settings, prefix });
    addMetrics(api, { metrics, stream, expose }, prefix);
    addTimeline(api, world, prefix);
    addIncidents(api, world, prefix);
    addStream(api, { stream, world }, prefix);
    addProcessOrder(api, orders, { prefix, verb: 'kill' });
    addProcessOrder(api, orders, { prefix, verb: 'restart' });
  }
  addIncident(api, world, '/v1');
  addRuns(api, world, '/v1');
  addRun(api, world, '/v1');
  addSamples(api, world, '/v1');
  addOutput(api, world, '/v1');
  for (const operation of ['stop', 'restart', 'pause', 'resume'] as const) {
    addRunOrder(api, orders, { prefix: '/v1', operation });
  }
  addAnswer(api, world, '/v1');
  addPolicy(api, world, '/v1');
  addDashboard(api, world);
  addSession(api, world, '/v1');
  addDocument(api, settings.version);
}

/** Counts every answer by the pattern of its route, never by the path somebody sent. */
function measure(api: Api, metrics: Metrics, { clock }: ApiWorld): void {
  api.use(async (c, next) => {
    const began = clock.monotonic();
    await next();
    const pattern = routePath(c, -1);
    const route = pattern === '*' || pattern === '/*' ? 'unmatched' : pattern;
    const { status } = c.res;
    const seconds = (clock.monotonic() - began) / 1000;
    metrics.answered({ route, method: knownMethod(c.req.method), status, seconds });
  });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const knownMethod = (method: string): string => (METHODS.includes(method) ? method : 'other');

interface Route {
  readonly method: string;
  readonly path: string;
}

function routesOf(api: Api): readonly Route[] {
  const unique = new Map<string, Route>();
  for (const { method, path } of api.routes) {
    if (method !== 'ALL') unique.set(`${method} ${path}`, { method, path });
  }
  return [...unique.values()];
}

/** Nothing answers there: the path is unknown, or it is known and the method is not. */
function unmatched(routes: readonly Route[], path: string): ApiProblem {
  const methods = routes.filter((route) => matches(route.path, path)).map(({ method }) => method);
  if (methods.length === 0) return new ApiProblem('FF_NOT_FOUND', 'there is nothing at that path');
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new ApiProblem('FF_METHOD', `the path takes ${allow.join(', ')}`, {
    headers: { Allow: allow.join(', ') },
  });
}

function matches(pattern: string, path: string): boolean {
  const [wanted, have] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === have.length &&
    wanted.every((part, index) => part.startsWith(':') || part === have[index])
  );
}
