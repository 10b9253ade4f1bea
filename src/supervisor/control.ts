// Answers a run's control socket: what is asked becomes inputs of the supervisor, which records before it acts.

import type { ControlAnswer, ControlRequest, ControlStatus } from '../core/control.ts';
import type { Order } from '../core/lifecycle/order.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { Job, Origin } from './job.ts';
import type { Supervisor } from './supervisor.ts';

/** Phases in which a run cannot be acted on any more. */
const OVER = ['ended'];

export interface ControlledRun {
  readonly supervisor: Supervisor;
  readonly job: Job;
  readonly origin: Origin;
  readonly startedAt: EpochMs;
}

/** Answers one request. When an action is answered with `ok`, its intent has been recorded. */
export function answerControl(run: ControlledRun, request: ControlRequest): ControlAnswer {
  const { supervisor } = run;
  const before = supervisor.status();
  if (request.operation !== 'status') {
    if (OVER.includes(before.phase)) return refuse('FF_NOT_FOUND', 'the run has ended');
    const { expectedAttempt } = request;
    if (expectedAttempt !== null && expectedAttempt !== before.attempt) {
      return refuse('FF_CONFLICT', `the run is at attempt ${before.attempt} by now`);
    }
    if (request.operation === 'restart') {
      const waitMs = supervisor.restartRefusedForMs();
      if (waitMs !== null) {
        const refusal = refuse('FF_RESTART_BUDGET', 'the restart budget is used up');
        supervisor.post({ type: 'restart', order: orderOf(request) });
        return { ...refusal, retryAfterMs: waitMs };
      }
    }
    supervisor.post({ type: request.operation, order: orderOf(request) });
  }
  return { version: 1, ok: true, status: statusOf(run) };
}

function refuse(
  code: Extract<ControlAnswer, { ok: false }>['code'],
  message: string,
): Extract<ControlAnswer, { ok: false }> {
  return { version: 1, ok: false, code, message };
}

const AUDIT: Readonly<Record<'stop' | 'restart' | 'pause' | 'resume', Order['audit']>> = {
  stop: { ask: 'STOP', force: 'KILL' },
  restart: { ask: 'RESTART', force: 'KILL' },
  pause: { ask: 'PAUSE', force: 'KILL' },
  resume: { ask: 'RESUME', force: 'KILL' },
};

function orderOf({ operation, actor, reason, requestId }: ControlRequest): Order {
  const audit = operation === 'status' ? AUDIT.stop : AUDIT[operation];
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
