// Answers a run's control socket: what is asked becomes inputs of the supervisor, which records before it acts.

import {
  CONTROL_ORDERS,
  type ControlAnswer,
  type ControlOrder,
  type ControlRequest,
  type ControlStatus,
} from '../core/control.ts';
import type { Order } from '../core/lifecycle/order.ts';
import type { PhaseName } from '../core/lifecycle/state.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { Job, Origin } from './job.ts';
import type { Supervisor } from './supervisor.ts';

/** Phases in which an order is carried out, or has been already; in others it is noted only. A stop always is. */
const OPEN_TO: Readonly<Record<'pause' | 'resume' | 'restart', readonly PhaseName[]>> = {
  pause: ['running', 'paused'],
  resume: ['running', 'paused'],
  restart: ['starting', 'running', 'paused', 'settling', 'waiting'],
};

export interface ControlledRun {
  readonly supervisor: Supervisor;
  readonly job: Job;
  readonly origin: Origin;
  readonly startedAt: EpochMs;
}

/** Answers one request. When an action is answered with `ok`, its intent has been recorded. */
export function answerControl(run: ControlledRun, request: ControlRequest): ControlAnswer {
  const order = CONTROL_ORDERS.find((known) => known === request.operation);
  const refusal = order ? act(run, order, request) : null;
  if (refusal) return refusal;
  const status = statusOf(run);
  const output = request.operation === 'output' ? run.supervisor.output(request.after ?? 0) : null;
  return { version: 1, ok: true, status, ...(output ? { output } : {}) };
}

/** Carries an order out, or says why it is only noted. */
function act(
  { supervisor }: ControlledRun,
  operation: ControlOrder,
  request: ControlRequest,
): Refusal | null {
  const { phase, attempt } = supervisor.status();
  if (phase === 'ended') return refuse('FF_NOT_FOUND', 'the run has ended');
  const { expectedAttempt } = request;
  if (expectedAttempt !== null && expectedAttempt !== attempt) {
    return refuse('FF_CONFLICT', `the run is at attempt ${attempt} by now`);
  }
  const isOpen = isOpenTo(operation, phase);
  const waitMs = operation === 'restart' && isOpen ? supervisor.restartRefusedForMs() : null;
  supervisor.post({ type: operation, order: orderOf(operation, request) });
  if (!isOpen) return refuse('FF_CONFLICT', `the run is ${phase}: no ${operation} now`);
  if (waitMs === null) return null;
  return {
    ...refuse('FF_RESTART_BUDGET', 'the restart budget is used up'),
    retryAfterMs: waitMs,
  };
}

const isOpenTo = (operation: ControlOrder, phase: PhaseName): boolean =>
  operation === 'stop' || OPEN_TO[operation].includes(phase);

type Refusal = Extract<ControlAnswer, { ok: false }>;

function refuse(code: Refusal['code'], message: string): Refusal {
  return { version: 1, ok: false, code, message };
}

const AUDIT: Readonly<Record<ControlOrder, Order['audit']>> = {
  stop: { ask: 'STOP', force: 'KILL' },
  restart: { ask: 'RESTART', force: 'KILL' },
  pause: { ask: 'PAUSE', force: 'KILL' },
  resume: { ask: 'RESUME', force: 'KILL' },
};

function orderOf(operation: ControlOrder, { actor, reason, requestId }: ControlRequest): Order {
  const audit = AUDIT[operation];
  const exitReason = actor === 'operator' ? 'USER_TERMINATED' : 'API_TERMINATED';
  return { actor, reason, exitReason, incidentId: null, requestId, signal: null, audit };
}

function statusOf({ supervisor, job, origin, startedAt }: ControlledRun): ControlStatus {
  return {
    runId: job.runId,
    name: job.name,
    argv: job.command.argv,
    cwd: job.command.cwd,
    supervisorPid: origin.supervisor.pid,
    startedAt: toTimestamp(startedAt),
    ...supervisor.status(),
  };
}
