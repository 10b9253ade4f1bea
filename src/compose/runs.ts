// The runs alive on this host, through their control sockets.

import {
  askControl,
  listSockets,
  type Reply,
  removeSocket,
  socketPath,
} from '../adapters/control/socket.ts';
import type { Config } from '../config/config.ts';
import type { ControlAnswer, ControlRequest, ControlStatus } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';

/** A run whose supervisor holds its socket but does not answer: it is stopped (Ctrl-Z, SIGSTOP) or overloaded. */
export interface SilentRun {
  readonly runId: string;
  readonly phase: 'not-answering';
}

export type ListedRun = ControlStatus | SilentRun;

/** What is asked of a run, and why. */
type Question = Pick<ControlRequest, 'operation' | 'reason'>;

const STATUS: Question = { operation: 'status', reason: '' };

/** Asks a run through its control socket, and says whether it is gone or only silent. */
export function reachRun(
  config: Config,
  runId: string,
  question: Question,
  withinMs: number = LIMITS.controlIdleMs,
): Promise<Reply> {
  const request: ControlRequest = {
    ...question,
    version: 1,
    actor: 'operator',
    requestId: null,
    expectedAttempt: null,
  };
  return askControl(config.stateDir, runId, request, withinMs);
}

/** Asks a run through its control socket; null when nobody answers there. */
export async function askRun(
  config: Config,
  runId: string,
  question: Question,
): Promise<ControlAnswer | null> {
  const reply = await reachRun(config, runId, question);
  return typeof reply === 'string' ? null : reply;
}

/**
 * The runs alive on this host that share the state folder, newest first, all asked at once. Sockets that nobody
 * serves are removed; a run that does not answer keeps its own. A full id asks that run alone.
 */
export async function listRuns(config: Config, wanted?: string): Promise<ListedRun[]> {
  const all = listSockets(config.stateDir);
  const asked = wanted !== undefined && all.includes(wanted) ? [wanted] : all;
  const found = await Promise.all(asked.map((runId) => listed(config, runId)));
  return found.filter((run) => run !== null);
}

async function listed(config: Config, runId: string): Promise<ListedRun | null> {
  const reply = await reachRun(config, runId, STATUS, LIMITS.controlStatusMs);
  if (reply === 'silent') return { runId, phase: 'not-answering' };
  if (reply !== 'gone' && reply.ok) return reply.status;
  if (reply === 'gone') removeSocket(socketPath(config.stateDir, runId));
  return null;
}
