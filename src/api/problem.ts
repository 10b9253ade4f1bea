// Errors as RFC 9457 problems. What is not expected shows nothing of its inside.

import type { Context } from 'hono';
import type { z } from 'zod';
import type { Problem } from '../contract/problem.ts';
import { problem } from '../contract/problem.ts';
import { ERRORS, type ErrorCode, isFlowForgeError } from '../core/error.ts';
import type { ApiEnv } from './world.ts';

type Extras = Partial<Pick<Problem, 'fields' | 'runs' | 'retry_after_seconds'>>;

/** Thrown where a request ends with an error. */
export class ApiProblem extends Error {
  readonly code: ErrorCode;
  readonly extras: Extras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail: string,
    { headers = {}, ...extras }: Extras & { headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.extras = extras;
    this.headers = headers;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** How a problem is described to those who read the document. */
export const PROBLEM_RESPONSE = {
  description: 'what went wrong, and what to do',
  content: { 'application/problem+json': { schema: problem } },
} as const;

/** The answer to a request that failed with `error`. */
export function answerProblem(error: unknown, c: Context<ApiEnv>): Response {
  const { code, detail, extras, headers } = read(error);
  const { status, hint } = ERRORS[code];
  const retry = extras.retry_after_seconds ?? (status === 503 ? 1 : undefined);
  const body: Problem = {
    type: `urn:flowforge:error:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    hint,
    instance: c.req.path,
    request_id: c.get('requestId') ?? '',
    ...extras,
  };
  c.header('Content-Type', 'application/problem+json');
  if (retry !== undefined) c.header('Retry-After', String(retry));
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.body(JSON.stringify(body), status as 400);
}

/** Whether nobody expected that error: it is a bug, or the machine is at its end. */
export const isUnexpected = (error: unknown): boolean => read(error).code === 'FF_INTERNAL';

/** A request that does not fit its schema. */
export function invalid(error: z.core.$ZodError, target: string): ApiProblem {
  const fields = error.issues.flatMap((issue) => {
    const at = issue.path.map(String);
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    return names.map((name) => ({
      name: [target, ...at, ...(name === null ? [] : [name])].join('.'),
      problem: name === null ? issue.message : 'is not known here',
    }));
  });
  const detail = fields.map(({ name, problem: what }) => `${name}: ${what}`).join('; ');
  return new ApiProblem('FF_REQUEST_INVALID', detail, { fields });
}

function read(error: unknown): Pick<ApiProblem, 'code' | 'extras' | 'headers'> & {
  readonly detail: string;
} {
  if (error instanceof ApiProblem) return { ...pick(error), detail: error.message };
  if (isFlowForgeError(error)) {
    // The message may name files of ours; the code and its hint say enough.
    const detail =
      ERRORS[error.code].status >= 500 ? 'the evidence cannot be used now' : error.message;
    return { code: error.code, detail, extras: {}, headers: {} };
  }
  if (error instanceof Error && 'status' in error && error.status === 400) {
    const detail = 'the body is not the JSON it says it is';
    return { code: 'FF_REQUEST_INVALID', detail, extras: {}, headers: {} };
  }
  if (error instanceof Error && 'status' in error && error.status === 415) {
    const detail = 'the body must be declared as application/json';
    return { code: 'FF_MEDIA_TYPE', detail, extras: {}, headers: {} };
  }
  return { code: 'FF_INTERNAL', detail: 'something went wrong inside', extras: {}, headers: {} };
}

const pick = ({ code, extras, headers }: ApiProblem) => ({ code, extras, headers });
