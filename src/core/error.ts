// The one table of errors. Codes are never reused; docs/errors.md lists exactly these.

/** Exit statuses of the command line (DESIGN: 4.1). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notReady: 3,
  verificationFailed: 4,
  notFound: 5,
  stoppedByFlowForge: 124,
  flowforgeFailed: 125,
  notExecutable: 126,
  commandNotFound: 127,
} as const;

interface ErrorKind {
  /** HTTP status where the error reaches the API. */
  readonly status: number;
  /** Exit status where it reaches the command line. */
  readonly exitCode: number;
  /** What the user does next. */
  readonly hint: string;
}

const kind = (status: number, exitCode: number, hint: string): ErrorKind => ({
  status,
  exitCode,
  hint,
});

/** Every operational failure FlowForge can report, by code. */
export const ERRORS = {
  FF_USAGE: kind(400, EXIT.usage, 'See `flowforge --help`.'),
  FF_CONFIG_INVALID: kind(
    500,
    EXIT.usage,
    'Correct the file or the variable; `flowforge config --origin` shows where each value comes from.',
  ),
  FF_KEY_INVALID: kind(
    500,
    EXIT.usage,
    'A master key is 64 hexadecimal digits; `openssl rand -hex 32` makes one.',
  ),
  FF_SPAWN_NOT_FOUND: kind(
    404,
    EXIT.commandNotFound,
    'Check the spelling and PATH; shell built-ins need `sh -c`.',
  ),
  FF_SPAWN_NOT_EXECUTABLE: kind(
    400,
    EXIT.notExecutable,
    'Make it executable (`chmod +x`) or name its interpreter.',
  ),
  FF_SPAWN_FAILED: kind(500, EXIT.flowforgeFailed, 'Check limits (`ulimit -a`) and free memory.'),
  FF_CONTAINMENT: kind(
    500,
    EXIT.flowforgeFailed,
    '`flowforge doctor` says what is missing; or lower --require-containment.',
  ),
  FF_STORE_UNAVAILABLE: kind(
    503,
    EXIT.flowforgeFailed,
    'Choose another place with --db, or make this one writable.',
  ),
  FF_STORE_NEWER: kind(
    503,
    EXIT.flowforgeFailed,
    'This database was written by a newer FlowForge: update, or choose another with --db.',
  ),
  FF_STORE_CORRUPT: kind(
    503,
    EXIT.flowforgeFailed,
    'The file was left as it is; choose another with --db, or restore a backup.',
  ),
  FF_TRACE_INVALID: kind(
    400,
    EXIT.failed,
    'Check that the file is whole: a trace is written by `flowforge run --record`.',
  ),
  FF_EVIDENCE_INVALID: kind(
    422,
    EXIT.verificationFailed,
    'Ask for the bundle again, and compare its public key with the one you know.',
  ),
  FF_NOT_FOUND: kind(
    404,
    EXIT.notFound,
    '`flowforge incidents` and `flowforge status` list what there is.',
  ),
  FF_CONFLICT: kind(409, EXIT.failed, 'Look again (`flowforge status`), then decide anew.'),
  FF_RESTART_BUDGET: kind(
    429,
    EXIT.failed,
    'Wait for the window to pass, or raise --max-restarts.',
  ),
  FF_REQUEST_INVALID: kind(
    400,
    EXIT.usage,
    'Correct the fields that are named; `/docs` describes the API.',
  ),
  FF_UNAUTHENTICATED: kind(
    401,
    EXIT.failed,
    'Send `Authorization: Bearer <key>`; `flowforge keys create` makes a key.',
  ),
  FF_FORBIDDEN: kind(403, EXIT.failed, 'Use a key with the scope that is named.'),
  FF_ORIGIN: kind(403, EXIT.failed, 'Call the API from its own pages or from a program.'),
  FF_METHOD: kind(405, EXIT.failed, 'Use one of the methods in `Allow`.'),
  FF_TOO_LARGE: kind(413, EXIT.failed, 'Send less: a body may have 64 KiB.'),
  FF_MEDIA_TYPE: kind(415, EXIT.failed, 'Send JSON with `Content-Type: application/json`.'),
  FF_HOST: kind(
    421,
    EXIT.failed,
    'Call the API by `localhost` or its address, or give it the name with `host-names`.',
  ),
  FF_IDEMPOTENCY: kind(422, EXIT.failed, 'Use another `Idempotency-Key` for another order.'),
  FF_RATE_LIMITED: kind(429, EXIT.failed, 'Try again after the time in `Retry-After`.'),
  FF_HEADERS_TOO_LARGE: kind(431, EXIT.failed, 'Send fewer or shorter headers.'),
  FF_OUTPUT: kind(500, EXIT.flowforgeFailed, 'Make room where stdout goes, or send it elsewhere.'),
  FF_BUSY: kind(503, EXIT.failed, 'Try again after the time in `Retry-After`.'),
  FF_UNSUPPORTED_PLATFORM: kind(500, EXIT.flowforgeFailed, 'FlowForge runs on Linux.'),
  FF_INTERNAL: kind(500, EXIT.flowforgeFailed, 'This is a bug in FlowForge: please report it.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An operational failure with a code of the table, a sentence, and the original cause. */
export class FlowForgeError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'FlowForgeError';
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
  }
}

/** Whether `error` is a FlowForgeError, of the given code where one is given. Checked by code, not by class. */
export const isFlowForgeError = (error: unknown, code?: ErrorCode): error is FlowForgeError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code in ERRORS &&
  (code === undefined || error.code === code);
