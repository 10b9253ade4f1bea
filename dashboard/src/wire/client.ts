// Asks the API, and turns whatever goes wrong into one kind of error that says what to do next.

import type { Problem } from '../../../src/contract/problem.ts';

/** What went wrong with a request. `status` 0: nobody answered. */
export class WireError extends Error {
  readonly status: number;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null) {
    super(problem ? `${problem.title}: ${problem.detail}` : wordsFor(status));
    this.status = status;
    this.problem = problem;
  }
}

/** A part of a listing; `next` is the cursor of the part that follows, null at the end. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** @throws WireError */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, { ...(signal ? { signal } : {}) });
  return (await answer.json()) as T;
}

/** @throws WireError */
export async function getPart<T>(path: string, signal?: AbortSignal): Promise<Part<T>> {
  const answer = await ask(path, { ...(signal ? { signal } : {}) });
  const next = /[?&]cursor=(\d+)/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
  return { items: (await answer.json()) as T[], next };
}

/** @throws WireError */
export async function post<T>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** Readiness is an answer both ways: 503 says what is not ready. */
export async function getEither<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await send(path, { ...(signal ? { signal } : {}) });
  if (answer.status !== 503 && !answer.ok) throw await errorOf(answer);
  return (await answer.json()) as T;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const answer = await send(path, init);
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new WireError(0, null);
  }
}

async function errorOf(answer: Response): Promise<WireError> {
  const problem = await answer.json().catch(() => null);
  return new WireError(answer.status, problem as Problem | null);
}

function wordsFor(status: number): string {
  if (status === 0) return 'FlowForge does not answer';
  return `FlowForge answered with status ${status}`;
}
