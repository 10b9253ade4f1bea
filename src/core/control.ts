// The words of a run's control socket: one request per line, one answer per line, both JSON. Version 1.

import type { ErrorCode } from './error.ts';

export const CONTROL_VERSION = 1;

export const CONTROL_OPERATIONS = ['status', 'stop', 'restart', 'pause', 'resume'] as const;
export type ControlOperation = (typeof CONTROL_OPERATIONS)[number];

export interface ControlRequest {
  readonly version: typeof CONTROL_VERSION;
  readonly operation: ControlOperation;
  /** Why, for the audit; ignored for `status`. */
  readonly reason: string;
  /** Who orders it: `operator`, or `api-key:<id>` from the API. */
  readonly actor: 'operator' | `api-key:${string}`;
  readonly requestId: string | null;
  /** Refuse when the run is at another attempt by now. */
  readonly expectedAttempt: number | null;
}

/** A run as its supervisor tells it. */
export interface ControlStatus {
  readonly runId: string;
  readonly name: string | null;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly supervisorPid: number;
  readonly startedAt: string;
  readonly phase: string;
  readonly wanted: string;
  readonly attempt: number;
  readonly pid: number | null;
  readonly containment: string | null;
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly processCount: number;
  readonly outputLines: number;
  readonly incidentId: string | null;
}

export type ControlAnswer =
  | { readonly version: 1; readonly ok: true; readonly status: ControlStatus }
  | {
      readonly version: 1;
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      /** When to try again, where that helps. */
      readonly retryAfterMs?: number;
    };

const REASON_CHARS_MAX = 1000;

/** Reads a request line. Gives null for anything that is not one: the sender is told, nothing is done. */
export function parseControlRequest(line: string): ControlRequest | null {
  const value = parseObject(line);
  if (!value || value['version'] !== CONTROL_VERSION) return null;
  const operation = CONTROL_OPERATIONS.find((known) => known === value['operation']);
  if (!operation) return null;
  const actor = value['actor'];
  const isApiKey = typeof actor === 'string' && /^api-key:[\w-]{1,64}$/.test(actor);
  return {
    version: CONTROL_VERSION,
    operation,
    reason: textOr(value['reason'], operation).slice(0, REASON_CHARS_MAX),
    actor: isApiKey ? (actor as `api-key:${string}`) : 'operator',
    requestId: typeof value['requestId'] === 'string' ? value['requestId'].slice(0, 200) : null,
    expectedAttempt: Number.isInteger(value['expectedAttempt'])
      ? (value['expectedAttempt'] as number)
      : null,
  };
}

const textOr = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback;

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
