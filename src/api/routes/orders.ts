// Orders to runs. Answered when the intent is durable; the outcome is an event.

import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { z } from 'zod';
import { byId } from '../../contract/listing.ts';
import { orderAnswer, orderBody, orderHeaders, processOrderBody } from '../../contract/order.ts';
import type { ControlAnswer, ControlOrder, ControlStatus } from '../../core/control.ts';
import type { RunStory } from '../../core/run-story.ts';
import { isActive, NOT_ANSWERING } from '../live-runs.ts';
import { OnceOnly } from '../once.ts';
import { ApiProblem, PROBLEM_RESPONSE } from '../problem.ts';
import { type Api, json, PROBLEMS, type Prefix } from '../route.ts';
import type { ApiEnv, ApiWorld } from '../world.ts';

type Answer = z.infer<typeof orderAnswer>;

interface Wish {
  readonly operation: ControlOrder;
  /** Id or name; the only active run where it is absent. */
  readonly run: string | undefined;
  readonly reason: string | undefined;
  readonly expectedAttempt: number | undefined;
}

const RESPONSES = {
  202: json(orderAnswer, 'the intent is recorded; the outcome will be an event'),
  ...PROBLEMS,
  409: PROBLEM_RESPONSE,
  413: PROBLEM_RESPONSE,
  415: PROBLEM_RESPONSE,
  422: PROBLEM_RESPONSE,
} as const;

const body = <S extends z.ZodType>(schema: S) => ({
  required: false,
  content: { 'application/json': { schema } },
});

/** Carries out orders, each once for its Idempotency-Key. */
export class Orders {
  readonly #world: ApiWorld;
  readonly #once: OnceOnly<Answer>;

  constructor(world: ApiWorld) {
    this.#world = world;
    this.#once = new OnceOnly(world.answers);
  }

  async carryOut(c: Context<ApiEnv>, wish: Wish): Promise<Answer> {
    const actor = c.get('principal');
    const requestId = c.get('requestId');
    if (actor === null) throw new ApiProblem('FF_UNAUTHENTICATED', 'acting needs a key');
    const work = () => this.#order(wish, `api-key:${actor}`, requestId);
    const key = c.req.header('idempotency-key');
    if (key === undefined) return work();
    const question = JSON.stringify([wish.run, wish.reason, wish.expectedAttempt]);
    const now = this.#world.clock.monotonic();
    const scope = `${actor} ${wish.operation} ${c.req.path.replace(/^\/v1/, '')} ${key}`;
    const { answer, isReplay } = await this.#once.ask(scope, { question, now, requestId }, work);
    if (isReplay) c.header('Idempotency-Replayed', 'true');
    return answer;
  }

  async #order(wish: Wish, actor: `api-key:${string}`, requestId: string): Promise<Answer> {
    const { operation, reason, expectedAttempt } = wish;
    const target = await chooseRun(this.#world, wish.run);
    const answer = await this.#world.runs.ask(target.runId, {
      version: 1,
      operation,
      reason: reason ?? operation,
      actor,
      requestId,
      expectedAttempt: expectedAttempt ?? null,
    });
    if (answer === 'gone') throw new ApiProblem('FF_NOT_FOUND', 'the run has ended');
    if (answer === 'silent') throw silent(target.runId);
    if (!answer.ok) throw refusal(answer);
    const { runId, name, attempt, pid, phase, wanted } = answer.status;
    return {
      status: `${operation}_requested`,
      run_id: runId,
      name,
      attempt,
      pid: pid ?? target.pid,
      lifecycle: phase,
      wanted,
      request_id: requestId,
    };
  }
}

function refusal(answer: Extract<ControlAnswer, { ok: false }>): ApiProblem {
  const { code, message, retryAfterMs } = answer;
  if (retryAfterMs === undefined) return new ApiProblem(code, message);
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new ApiProblem(code, message, { retry_after_seconds: seconds });
}

/** The run that is wanted, by id or name; the only one where none is named. */
async function chooseRun(
  { runs, reader }: ApiWorld,
  wanted: string | undefined,
): Promise<ControlStatus> {
  const living = await runs.list();
  const candidates: Candidate[] = [
    ...living.answering.filter(isActive),
    ...living.silent.map((runId) => silentRun(runId, reader.run(runId))),
  ];
  const found = candidates.filter(
    ({ runId, name }) => wanted === undefined || runId === wanted || name === wanted,
  );
  const [only] = found;
  if (!only) {
    const detail = wanted === undefined ? 'no run is active' : 'no active run is called that';
    throw new ApiProblem('FF_NOT_FOUND', detail);
  }
  if (found.length > 1) {
    throw new ApiProblem('FF_CONFLICT', `${found.length} runs are active; say which by run_id`, {
      runs: found.map(({ runId, name, attempt, phase }) => ({
        ...{ run_id: runId, name, attempt, phase },
      })),
    });
  }
  if (isSilent(only)) throw silent(only.runId);
  return only;
}

type Candidate = ControlStatus | SilentRun;

/** A run whose supervisor does not answer, as the evidence tells it. */
interface SilentRun extends Pick<ControlStatus, 'runId' | 'name' | 'attempt'> {
  readonly phase: typeof NOT_ANSWERING;
}

const silentRun = (runId: string, story: RunStory | null): SilentRun => ({
  ...{ runId, name: story?.name ?? null, attempt: story?.attempts ?? 1, phase: NOT_ANSWERING },
});

const isSilent = (run: Candidate): run is SilentRun => run.phase === NOT_ANSWERING;

const silent = (runId: string): ApiProblem =>
  new ApiProblem('FF_BUSY', `the supervisor of ${runId} does not answer: stopped, or overloaded`);

/** `POST /process/kill` and `/process/restart`: the only active run, or the one that is named. */
export function addProcessOrder(
  api: Api,
  orders: Orders,
  { prefix, verb }: { readonly prefix: Prefix; readonly verb: 'kill' | 'restart' },
): void {
  const route = createRoute({
    method: 'post',
    path: `${prefix}/process/${verb}`,
    summary:
      verb === 'kill'
        ? 'Stop a run; what does not end within its grace is killed'
        : 'Stop a run and start its command again, under the same guard',
    security: [{ bearer: [] }],
    request: { headers: orderHeaders, body: body(processOrderBody) },
    responses: RESPONSES,
  });
  const operation = verb === 'kill' ? 'stop' : 'restart';
  api.openapi(route, async (c) => {
    const { run_id, reason, expected_attempt } = c.req.valid('json');
    const wish = { operation, run: run_id, reason, expectedAttempt: expected_attempt } as const;
    return c.json(await orders.carryOut(c, wish), 202);
  });
}

/** `POST /runs/{id}/stop` and its like. */
export function addRunOrder(
  api: Api,
  orders: Orders,
  { prefix, operation }: { readonly prefix: Prefix; readonly operation: ControlOrder },
): void {
  const route = createRoute({
    method: 'post',
    path: `${prefix}/runs/{id}/${operation}`,
    summary: `Ask a run to ${operation}`,
    security: [{ bearer: [] }],
    request: { params: byId, headers: orderHeaders, body: body(orderBody) },
    responses: RESPONSES,
  });
  api.openapi(route, async (c) => {
    const { reason, expected_attempt } = c.req.valid('json');
    const { id } = c.req.valid('param');
    const wish = { operation, run: id, reason, expectedAttempt: expected_attempt };
    return c.json(await orders.carryOut(c, wish), 202);
  });
}
