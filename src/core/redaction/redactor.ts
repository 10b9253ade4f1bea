// Takes secrets out of text: known values in all their forms, tokens of providers, values after telling words,
// and what the structure of a text gives away. Time is linear in the text, whatever it holds.

import { ANCHORS, valueAfter } from './anchored.ts';
import { formsOf } from './encodings.ts';
import { createScanner, LITERAL_CHARS_MIN, type Literal } from './literal-scanner.ts';
import {
  INNER_RULES,
  type InnerRule,
  PROVIDER_RULES,
  type ProviderRule,
} from './provider-rules.ts';
import type { KnownSecret } from './secret-names.ts';
import { type Marked, replaceMarked, type Span } from './span.ts';
import { beginsKeyBlock, endsKeyBlock, findStructured, isKeyLine } from './structure.ts';
import { withoutTerminalCodes } from './terminal-codes.ts';

/** A rule of the user's own: what matches is secret. */
export interface UserRule {
  readonly id: string;
  /** Global; checked when the configuration is loaded (`assertBounded`). */
  readonly pattern: RegExp;
}

export interface RedactorOptions {
  readonly secrets: readonly KnownSecret[];
  readonly rules?: readonly UserRule[];
  /** Texts that are never taken out, though a rule says so. Known secrets are, always. */
  readonly allow?: readonly string[];
  /** A short keyed digest, so that equal secrets can be told equal without being known. */
  readonly fingerprint: (secret: string) => string;
}

export interface Redactor {
  /** A whole text: a line, a sentence, an argument. */
  text(text: string): string;
  /** Lines that belong together, so that a key that spans them is seen. */
  lines(lines: readonly string[]): readonly string[];
}

type Meaning =
  | { readonly type: 'secret' }
  | { readonly type: 'provider'; readonly rule: ProviderRule }
  | { readonly type: 'inner'; readonly rule: InnerRule }
  | { readonly type: 'anchor'; readonly strength: 'strong' | 'weak' };

/** A secret shorter than this is only taken out where it stands alone. */
const ANYWHERE_CHARS_MIN = 8;
/** Encoded forms of a very short secret would be found everywhere. */
const ENCODED_CHARS_MIN = 6;
const INNER_AFTER_MAX = 120;

export function createRedactor(options: RedactorOptions): Redactor {
  const { fingerprint, rules = [], allow = [] } = options;
  const scan = createScanner<Meaning>(literalsOf(options.secrets));
  const allowed = new Set(allow);
  const replacement = (rule: string, content: string): string =>
    rule !== 'env' && allowed.has(content) ? content : `[REDACTED:${rule}:${fingerprint(content)}]`;

  const text = (raw: string): string => {
    const clean = withoutTerminalCodes(raw);
    const marks: Marked[] = findStructured(clean);
    let valueEnd = 0;
    scan(clean, (at, literal) => {
      // Words within a value that is taken out announce nothing more; looking again would cost quadratic time.
      if (literal.meaning.type === 'anchor' && at < valueEnd) return;
      const mark = judge(clean, at, literal);
      if (!mark) return;
      marks.push(mark);
      if (literal.meaning.type === 'anchor') valueEnd = mark.end;
    });
    for (const { id, pattern } of rules) marks.push(...findAll(clean, id, pattern));
    return replaceMarked(clean, marks, replacement);
  };
  const keyLine = (line: string): string => replacement('private-key', line.trim());
  return { text, lines: (lines) => redactLines(lines, text, keyLine) };
}

function redactLines(
  lines: readonly string[],
  text: (line: string) => string,
  keyLine: (line: string) => string,
): readonly string[] {
  let isInKey = false;
  return lines.map((line) => {
    const wasInKey = isInKey;
    isInKey = beginsKeyBlock(line) || (isInKey && !endsKeyBlock(line));
    if (wasInKey && isInKey && line.trim() !== '') return keyLine(line);
    return isKeyLine(line) ? keyLine(line) : text(line);
  });
}

function literalsOf(secrets: readonly KnownSecret[]): Literal<Meaning>[] {
  const literals: Literal<Meaning>[] = [];
  const values = new Set(secrets.map(({ value }) => value));
  const forms = new Set(
    [...values].flatMap((value) => (value.length < ENCODED_CHARS_MIN ? [value] : formsOf(value))),
  );
  for (const text of forms) {
    if (text.length > LITERAL_CHARS_MIN)
      literals.push({ text, anyCase: false, meaning: { type: 'secret' } });
  }
  for (const rule of PROVIDER_RULES) {
    for (const text of rule.starts)
      literals.push({ text, anyCase: false, meaning: { type: 'provider', rule } });
  }
  for (const rule of INNER_RULES) {
    literals.push({ text: rule.inner, anyCase: false, meaning: { type: 'inner', rule } });
  }
  for (const [text, strength] of ANCHORS) {
    literals.push({ text, anyCase: true, meaning: { type: 'anchor', strength } });
  }
  return literals;
}

function judge(
  text: string,
  at: number,
  { text: literal, meaning }: Literal<Meaning>,
): Marked | null {
  const end = at + literal.length;
  switch (meaning.type) {
    case 'secret':
      if (literal.length < ANYWHERE_CHARS_MIN && !standsAlone(text, at, end)) return null;
      return { rule: 'env', start: at, end };
    case 'provider':
      return judgeToken(text, { start: at, end }, meaning.rule);
    case 'inner':
      return judgeInner(text, { start: at, end }, meaning.rule);
    case 'anchor': {
      const span = valueAfter(text, at, literal, meaning.strength);
      return span ? { rule: 'named', ...span } : null;
    }
  }
}

function judgeToken(text: string, { start, end }: Span, { rest, id }: ProviderRule): Marked | null {
  if (isWordChar(text, start - 1) && !isEscape(text, start)) return null;
  rest.lastIndex = end;
  return rest.test(text) ? { rule: id, start, end: rest.lastIndex } : null;
}

function judgeInner(text: string, { start, end }: Span, rule: InnerRule): Marked | null {
  const from = Math.max(0, start - rule.beforeMax);
  const [mark] = findAll(text.slice(from, end + INNER_AFTER_MAX), rule.id, rule.whole);
  return mark ? { ...mark, start: from + mark.start, end: from + mark.end } : null;
}

const findAll = (text: string, rule: string, pattern: RegExp): Marked[] =>
  [...text.matchAll(pattern)].map(({ index, 0: match }) => ({
    rule,
    start: index,
    end: index + match.length,
  }));

const isWordChar = (text: string, at: number): boolean => /[A-Za-z0-9]/.test(text[at] ?? ' ');

/** The letter before is part of `\n`, `\t` or `%3D`, not of a word. */
const isEscape = (text: string, at: number): boolean =>
  text[at - 2] === '\\' || /%[0-9A-Fa-f]{2}$/.test(text.slice(Math.max(0, at - 3), at));

const standsAlone = (text: string, start: number, end: number): boolean =>
  !isWordChar(text, start - 1) && !isWordChar(text, end);
