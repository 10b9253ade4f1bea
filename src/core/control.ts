// The words of a run's control socket: one request per line, one answer per line, both JSON. Version 1.

import type { StoredSample } from './detection/sample.ts';
import type { ErrorCode } from './error.ts';

export const CONTROL_VERSION = 1;

/** What only asks, and what orders something. */
export const CONTROL_QUESTIONS = ['status', 'output'] as const;
export const CONTROL_ORDERS = ['stop', 'restart', 'pause', 'resume'] as const;
export type ControlQuestion = (typeof CONTROL_QUESTIONS)[number];
export type ControlOrder = (typeof CONTROL_ORDERS)[number];
export type ControlOperation = ControlQuestion | ControlOrder;

export interface ControlRequest {
  readonly version: typeof CONTROL_VERSION;
  readonly operation: ControlOperation;
  /** Why, for the audit; ignored for questions. */
  readonly reason: string;
  /** Who orders it: `operator`, or `api-key:<id>` from the API. */
  readonly actor: 'operator' | `api-key:${string}`;
  readonly requestId: string | null;
  /** Refuse when the run is at another attempt by now. */
  readonly expectedAttempt: number | null;
  /** For `output`: the number of the last line that is known; absent, none is. */
  readonly after?: number;
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
  /** The latest reading of its tree, with the time of it. */
  readonly sample: (StoredSample & { readonly at: string }) | null;
}

/** The latest lines of output, secrets taken out. Lines are numbered from 1 in each attempt. */
export interface ControlOutput {
  readonly attempt: number;
  /** Number of the first of the lines. */
  readonly first: number;
  readonly lines: readonly string[];
  /** Output that came too fast to be read line by line, since the attempt began. */
  readonly skippedBytes: number;
}

export type ControlAnswer =
  | {
      readonly version: 1;
      readonly ok: true;
      readonly status: ControlStatus;
      /** The answer to `output`. */
      readonly output?: ControlOutput;
    }
  | {
      readonly version: 1;
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      /** When to try again, where that helps. */
      readonly retryAfterMs?: number;
    };

const OPERATIONS = [...CONTROL_QUESTIONS, ...CONTROL_ORDERS];
const REASON_CHARS_MAX = 1000;

/** Reads a request line. Gives null for anything that is not one: the sender is told, nothing is done. */
export function parseControlRequest(line: string): ControlRequest | null {
  const value = parseObject(line);
  if (!value || value['version'] !== CONTROL_VERSION) return null;
  const operation = OPERATIONS.find((known) => known === value['operation']);
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
    ...(Number.isInteger(value['after']) ? { after: value['after'] as number } : {}),
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
