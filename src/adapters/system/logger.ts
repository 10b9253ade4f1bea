// Logs for operators: one line of JSON each, or a readable line where a person looks on. The record of what
// happened is the event log; nothing may depend on what is written here.

import { LIMITS } from '../../core/limits.ts';
import { toTimestamp } from '../../core/time.ts';
import type { Clock, Logger } from '../../ports.ts';

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, 'now'>;
  /** Lines for a person instead of JSON: ask the terminal (`isTTY`), not the environment. */
  readonly pretty: boolean;
  /** Said with every line, e.g. the run's id. */
  readonly fields?: Fields;
}

/** A logger that writes to `write`, a whole line at a time. */
export function createLogger(options: LoggerOptions): Logger {
  const log = (level: Level, message: string, fields: Fields = {}): void => {
    const all = { ...options.fields, ...fields };
    const time = toTimestamp(options.clock.now());
    const line = options.pretty
      ? `${time.slice(11, 23)} ${level.padEnd(5)} ${message}${prettyFields(all)}`
      : toJson({ time, level, message, ...all });
    options.write(`${line.slice(0, LIMITS.logLineCharsMax)}\n`);
  };
  return {
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
  };
}

const prettyFields = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : toJson(value)}`)
    .join('');

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, readable) ?? 'null';
  } catch {
    return JSON.stringify(String(value));
  }
}

/** Errors and big numbers, which JSON alone would drop or refuse. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const code = 'code' in value ? value.code : undefined;
  return { name, message, code, stack, cause };
}
