// Reading values of unknown shape out of agents' events, and hashing them so that equal work compares equal.

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectAt = (value: JsonObject, key: string): JsonObject => {
  const inner = value[key];
  return isObject(inner) ? inner : {};
};

export const textAt = (value: JsonObject, key: string): string => {
  const inner = value[key];
  return typeof inner === 'string' ? inner : '';
};

export const numberAt = (value: JsonObject, key: string): number => {
  const inner = value[key];
  return typeof inner === 'number' && Number.isFinite(inner) ? inner : 0;
};

export const listAt = (value: JsonObject, key: string): readonly unknown[] => {
  const inner = value[key];
  return Array.isArray(inner) ? inner : [];
};

/** Parses a line; null for whatever is no JSON object. */
export function parseObject(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const VOLATILE_KEY =
  /^(?:id|uuid|ts|time|timestamp|nonce|description|.*_?(?:request|session|trace|call)_?id)$/i;
const VOLATILE_TEXT =
  /\b(?:\d{4}-\d\d-\d\d[T ]?)?\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b|\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|seconds?|minutes?)\b|\bpid[ =:]*\d+/gi;
/** Only the beginning of a long text is compared, and its length. */
const COMPARED_CHARS = 16_384;
const DEPTH_MAX = 12;

/** A hash of a value: keys in order, identifiers and times left out. */
export function hashOf(value: unknown): number {
  return hashText(canonical(value, 0));
}

function canonical(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) return '…';
  if (typeof value === 'string') return stable(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  if (!isObject(value)) return String(value);
  const keys = Object.keys(value).filter((key) => !VOLATILE_KEY.test(key));
  return `{${keys
    .sort()
    .map((key) => `${key}:${canonical(value[key], depth + 1)}`)
    .join(',')}}`;
}

function stable(text: string): string {
  if (text.length <= COMPARED_CHARS) return text.replace(VOLATILE_TEXT, '·').trim();
  return `${text.slice(0, COMPARED_CHARS).replace(VOLATILE_TEXT, '·')}…${text.length}`;
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

const WAITING =
  /wait|sleep|poll|(?:bash|task|read|terminal|shell|command)_?output|status|check_?(?:job|task)/i;

/** Whether a call only asks if something else is done: by the name of the tool, or a command that sleeps. */
export const isWaiting = (name: string, command: string): boolean =>
  WAITING.test(name) || /^\s*(?:sleep|wait)\b/.test(command);
