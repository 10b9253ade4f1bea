// What every route shares: how its answers are described, how a page links to the next.

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { z } from 'zod';
import { epochMs } from '../core/time.ts';
import { PROBLEM_RESPONSE } from './problem.ts';
import type { ApiEnv } from './world.ts';

export type Api = OpenAPIHono<ApiEnv>;
/** Where a route stands: under the version, or, for good, without it. */
export type Prefix = '/v1' | '';

/** The answer of a route in JSON. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The problems that any route may answer with. */
export const PROBLEMS = {
  400: PROBLEM_RESPONSE,
  401: PROBLEM_RESPONSE,
  403: PROBLEM_RESPONSE,
  404: PROBLEM_RESPONSE,
  421: PROBLEM_RESPONSE,
  429: PROBLEM_RESPONSE,
  500: PROBLEM_RESPONSE,
  503: PROBLEM_RESPONSE,
} as const;

/** Says where the next page is, if there is one. */
export function linkNext(c: Context<ApiEnv>, next: number | null): void {
  if (next === null) return;
  const url = new URL(c.req.url);
  url.searchParams.set('cursor', String(next));
  c.header('Link', `<${url.pathname}${url.search}>; rel="next"`);
}

/** An instant in RFC 3339 as ours. */
export const instant = (text: string | undefined) =>
  text === undefined ? undefined : epochMs(Date.parse(text));
