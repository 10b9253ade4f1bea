// Values that are secret because of the word before them: `api_key = "…"`, `"password": "…"`, `--token …`,
// `Authorization: Bearer …`. Read by hand, character by character, so that no input takes more than linear time.

import { looksRandom } from './entropy.ts';
import type { Span } from './span.ts';

/** How sure a word makes us that a secret follows. */
type Strength = 'strong' | 'weak';

/** Words that announce a secret, in lower case. A weak one needs a value that looks made by chance. */
export const ANCHORS: readonly (readonly [string, Strength])[] = [
  ['password', 'strong'],
  ['passwd', 'strong'],
  ['passphrase', 'strong'],
  ['passcode', 'strong'],
  ['pwd', 'strong'],
  ['pass=', 'strong'],
  ['_pass', 'strong'],
  ['secret', 'strong'],
  ['api_key', 'strong'],
  ['api-key', 'strong'],
  ['apikey', 'strong'],
  ['api key', 'weak'],
  ['access_key', 'strong'],
  ['access-key', 'strong'],
  ['accesskey', 'strong'],
  ['account_key', 'strong'],
  ['accountkey', 'strong'],
  ['sharedaccesskey', 'strong'],
  ['private_key', 'strong'],
  ['private-key', 'strong'],
  ['privatekey', 'strong'],
  ['encryption_key', 'strong'],
  ['encryptionkey', 'strong'],
  ['signing_key', 'strong'],
  ['master_key', 'strong'],
  ['secret_key', 'strong'],
  ['auth_key', 'strong'],
  ['authkey', 'strong'],
  ['key-data', 'strong'],
  ['credential', 'strong'],
  ['token', 'weak'],
  ['_key', 'weak'],
  ['-key', 'weak'],
  ['key=', 'weak'],
  ['auth', 'weak'],
  ['bearer', 'weak'],
  ['signature', 'weak'],
  ['sig=', 'weak'],
  ['session', 'weak'],
  ['cookie', 'weak'],
  ['webhook', 'weak'],
  ['dsn', 'weak'],
  ['jwt', 'weak'],
  ['nonce', 'weak'],
  ['salt', 'weak'],
  ['creds', 'weak'],
];

const EQUALS = 61;
const NAME_REST_MAX = 40;
/** So much of a value tells what it is; a secret is then followed to its end. */
const JUDGED_CHARS_MAX = 256;
const STRONG_CHARS_MIN = 4;
const WEAK_CHARS_MIN = 16;

/** Values that stand for a secret without being one. */
const PLACEHOLDER =
  /^(true|false|null|none|nil|undefined|required|optional|missing|invalid|expired|incorrect|wrong|changed|unset|empty|string|str|int|bytes|object|hidden|redacted|sealed|secret|password|token|yes|no|not|is|was|for|from|and|the|to|in|of|x+|\*+|\.{2,}|-+|<.*|\$.*|\{\{.*|%[({sdv].*|\[redacted.*|\(sealed\).*|(process\.env|os\.environ|env|getenv|config|self|this|args|options|props|settings|secrets|vars|var|data)[.[(].*)$/i;

/** Finds the value that the anchor at `at` announces, or nothing. */
export function valueAfter(
  text: string,
  at: number,
  anchor: string,
  strength: Strength,
): Span | null {
  const nameEnd = skipName(text, at + anchor.length);
  if (anchor === 'auth' && /^or(?!iz)/i.test(text.slice(at + anchor.length, nameEnd))) return null;
  const assignment = readAssignment(text, at, anchor.endsWith('=') ? at + anchor.length : nameEnd);
  if (!assignment) return null;
  const value = readValue(text, assignment, JUDGED_CHARS_MAX);
  if (!value || !isSecret(text.slice(value.start, value.end), strength, assignment)) return null;
  return readValue(text, assignment, text.length);
}

const isNameChar = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 95 ||
  code === 45;

function skipName(text: string, from: number): number {
  let at = from;
  while (at < from + NAME_REST_MAX && isNameChar(text.charCodeAt(at))) at++;
  return at;
}

/** Where a value begins, and how it was announced. */
interface Assignment {
  readonly valueAt: number;
  readonly sign: '=' | ':' | 'flag' | 'header';
}

const SIGN = /["'`\]\\]{0,4}[ \t]{0,8}(:=|=>|==?|:|\?=|\|\|=|,)[ \t]{0,8}/y;
const SCHEME = /(?:bearer|basic|token|digest|apikey|negotiate|aws4-hmac-sha256)[ \t]{1,4}/iy;
const FLAG_GAP = /[ \t]{1,4}(?=[^-\s])/y;

function readAssignment(text: string, anchorAt: number, nameEnd: number): Assignment | null {
  if (text.charCodeAt(nameEnd - 1) === EQUALS) return afterScheme(text, nameEnd, '=');
  SIGN.lastIndex = nameEnd;
  const sign = SIGN.exec(text)?.[1];
  if (sign) return afterScheme(text, SIGN.lastIndex, sign.includes('=') ? '=' : ':');
  FLAG_GAP.lastIndex = nameEnd;
  if (!FLAG_GAP.test(text)) return null;
  const before = text.slice(Math.max(0, anchorAt - NAME_REST_MAX), anchorAt);
  const isFlag = /(^|[\s"'=])--?[A-Za-z0-9_-]*$/.test(before);
  const isScheme = /^bearer$/i.test(text.slice(anchorAt, nameEnd));
  if (!isFlag && !isScheme) return null;
  return { valueAt: FLAG_GAP.lastIndex, sign: isScheme ? 'header' : 'flag' };
}

/** `Authorization: Bearer …`: the value stands behind the name of its scheme. */
function afterScheme(text: string, at: number, sign: '=' | ':'): Assignment {
  SCHEME.lastIndex = at;
  return SCHEME.test(text) ? { valueAt: SCHEME.lastIndex, sign: 'header' } : { valueAt: at, sign };
}

const QUOTES = '"\'`';
const BARE_VALUE_ENDS = /[\s,;&"'`)\]}<>]/;
const VALUE_ENDS: Readonly<Record<string, RegExp>> = {
  '"': /\\?"|\n/,
  "'": /\\?'|\n/,
  '`': /\\?`|\n/,
};

/** A quoted value up to its closing quote; a bare one up to what cannot belong to it. */
function readValue(text: string, { valueAt }: Assignment, charsMax: number): Span | null {
  let start = valueAt;
  while (text[start] === '\\' && QUOTES.includes(text[start + 1] ?? ' ')) start++;
  const quote = QUOTES.includes(text[start] ?? ' ') ? (text[start] ?? '') : '';
  if (quote) start++;
  const most = Math.min(text.length, start + charsMax);
  const length = text.slice(start, most).search(VALUE_ENDS[quote] ?? BARE_VALUE_ENDS);
  const end = length === -1 ? most : start + length;
  return end > start ? { start, end } : null;
}

function isSecret(value: string, strength: Strength, { sign }: Assignment): boolean {
  if (PLACEHOLDER.test(value)) return false;
  if (sign === 'header') return value.length >= 6;
  // A path or a type is named so, and holds the secret elsewhere.
  if (/^(\.{0,2}\/[\w./-]*|[A-Z][A-Za-z]*\(.*|\w+\(.*)$/.test(value)) return false;
  if (strength === 'weak') return value.length >= WEAK_CHARS_MIN && looksRandom(value);
  if (value.length < STRONG_CHARS_MIN) return false;
  if (sign === '=' || sign === 'flag') return !/^\w{1,3}$/.test(value);
  // After a colon there may be prose: `password: incorrect`.
  return !/^[A-Z]?[a-z]+[.!?]?$/.test(value) || value.length > 24;
}
