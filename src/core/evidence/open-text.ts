// Divides a payload into what anybody may read (metadata) and what only a key holder may (content).
// The rule is closed by default: a text stays open only where its name says that it is a word of ours.

/** What stands in place of a text that only a key holder may read. */
export const SEALED = '(sealed)';

/** Names of texts that are words of FlowForge itself, never of the command, its output or a person. */
const OPEN_NAMES: ReadonlySet<string> = new Set([
  'type',
  'profile',
  'rollout',
  'version',
  'containment',
  'code',
  'signal',
  'proof',
  'exitReason',
  'ruleId',
  'intended',
  'applied',
  'suppressedBy',
  'indicator',
  'verdict',
  'intentId',
  'action',
  'actor',
  'result',
  'outcome',
  'requestId',
  'state',
]);

/** A single word: no sentence, path or command can pass for one. */
const WORD = /^[A-Za-z0-9_.:+-]{1,80}$/;

/** The same value with every text that is not a word of ours replaced by `(sealed)`. Shape and numbers stay. */
export function withoutContent(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return isOpen(value, name) ? value : SEALED;
  if (Array.isArray(value)) return value.map((item) => withoutContent(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutContent(item, key)]),
  );
}

const isOpen = (text: string, name: string): boolean => OPEN_NAMES.has(name) && WORD.test(text);
