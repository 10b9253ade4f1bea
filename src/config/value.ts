// The kinds of values a setting can have: how each is written, checked and shown. Every value may come from a
// command line or a variable (text) or from a file (text, number, boolean, list); both are accepted here.

import * as z from 'zod/mini';
import { objectionTo } from '../core/redaction/bounded-pattern.ts';
import { compactDuration, compactSize } from './show.ts';

/** How one kind of value is written, read and shown. */
export interface Kind<T> {
  /** Made when it is needed: most settings of a run are never written by anybody. */
  readonly schema: () => z.ZodMiniType<T>;
  /** Ends the sentence "… is not …". */
  readonly expects: string;
  /** What stands for the value in a usage line. */
  readonly placeholder: string;
  readonly show: (value: T) => string;
  /** The words it is made of, where it takes no others. */
  readonly words?: readonly string[];
  /** A relative path is relative to whoever wrote it: the file's folder, else the working directory. */
  readonly isPath?: true;
}

const DURATION = /^(?:\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE = /^(\d+(?:\.\d+)?) ?([kKmMgGtT]i?)?[bB]$/;
const SIZE_PREFIXES = 'kmgt';

const NUMBER = /^\d+(?:\.\d+)?$/;

/** A length of time in ms. A bare number counts seconds, as for `timeout` and `sleep`. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  return {
    schema: () =>
      z
        .pipe(
          z.union([z.string().check(z.regex(DURATION)), z.number()]),
          z.transform(parseDurationMs),
        )
        .check(z.refine((ms) => ms >= minMs && ms <= maxMs)),
    expects: `a duration from ${compactDuration(minMs)} to ${compactDuration(maxMs)}, such as 10s, 5m or 1h30m`,
    placeholder: '<duration>',
    show: compactDuration,
  };
}

/** An amount of bytes: `512MB` is 512·10⁶, `512MiB` is 512·2²⁰. */
export function size(minBytes: number): Kind<number> {
  return {
    schema: () =>
      z
        .pipe(z.string().check(z.regex(SIZE)), z.transform(parseSizeBytes))
        .check(z.refine((bytes) => bytes >= minBytes && Number.isSafeInteger(bytes))),
    expects: `a size of at least ${compactSize(minBytes)} with its unit, such as 512MB or 2GiB`,
    placeholder: '<size>',
    show: compactSize,
  };
}

/** A share in percent. */
export function percent(min: number, max: number): Kind<number> {
  return {
    schema: () =>
      z
        .pipe(
          z.union([z.string().check(z.regex(/^\d+(?:\.\d+)?%?$/)), z.number()]),
          z.transform((text) => Number.parseFloat(String(text))),
        )
        .check(z.refine((value) => value >= min && value <= max)),
    expects: `a percentage from ${min} to ${max}`,
    placeholder: '<percent>',
    show: (value) => `${value}%`,
  };
}

/** A whole number. */
export function count(min: number, max: number): Kind<number> {
  return {
    schema: () =>
      z
        .pipe(z.union([z.string().check(z.regex(/^\d+$/)), z.number()]), z.transform(Number))
        .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max)),
    expects: `a whole number from ${min} to ${max}`,
    placeholder: '<n>',
    show: String,
  };
}

/** An amount of money in US dollars. */
export function money(): Kind<number> {
  return {
    schema: () =>
      z
        .pipe(
          z.union([z.string().check(z.regex(/^\$?\d+(?:\.\d+)?$/)), z.number()]),
          z.transform((text) => Number(String(text).replace('$', ''))),
        )
        .check(z.refine((dollars) => dollars > 0 && dollars <= 1e9)),
    expects: 'an amount of US dollars such as 5 or 2.50',
    placeholder: '<usd>',
    show: (dollars) => `$${dollars}`,
  };
}

/** One word of a few. */
export function choice<const T extends string>(
  words: readonly T[],
  placeholder = `<${words.join('|')}>`,
): Kind<T> {
  return {
    schema: () => z.enum(words as readonly [T, ...T[]]),
    expects: `one of ${words.join(', ')}`,
    words,
    placeholder,
    show: String,
  };
}

/** Some words of a few; as text separated by commas. */
export function someOf<const T extends string>(words: readonly T[]): Kind<readonly T[]> {
  const isKnown = (word: string): word is T => (words as readonly string[]).includes(word);
  return {
    schema: () =>
      z.pipe(
        z
          .pipe(z.union([z.string(), z.array(z.string())]), z.transform(splitList))
          .check(z.refine((list) => list.every(isKnown))),
        z.transform((list: string[]): readonly T[] => list.filter(isKnown)),
      ),
    expects: `a list of ${words.join(', ')}`,
    words,
    placeholder: '<list>',
    show: (list) => (list.length === 0 ? '(none)' : list.join(', ')),
  };
}

/** Texts of the user's own, in a file as a list; each may be objected to. */
export function texts(
  expects: string,
  objection: (text: string) => string | null = () => null,
): Kind<readonly string[]> {
  const isFine = (text: string): boolean => text.length > 0 && objection(text) === null;
  return {
    schema: () =>
      z.pipe(
        z
          .pipe(
            z.union([z.string(), z.array(z.string())]),
            z.transform((given) => (typeof given === 'string' ? [given] : given)),
          )
          .check(z.refine((list) => list.length <= TEXTS_MAX && list.every(isFine))),
        z.transform((list: string[]): readonly string[] => list),
      ),
    expects,
    placeholder: '<text>',
    show: (list) => (list.length === 0 ? '(none)' : list.join(', ')),
  };
}

const TEXTS_MAX = 100;

/** Names by which a host is called; as text separated by commas. */
export function hostNames(): Kind<readonly string[]> {
  const isName = (name: string): boolean => name.length <= 253 && HOST_NAME.test(name);
  return {
    schema: () =>
      z.pipe(
        z
          .pipe(z.union([z.string(), z.array(z.string())]), z.transform(splitList))
          .check(z.refine((list) => list.length <= TEXTS_MAX && list.every(isName))),
        z.transform((list: string[]): readonly string[] => list.map((name) => name.toLowerCase())),
      ),
    expects: 'names of hosts such as flowforge.example.org, without a port',
    placeholder: '<names>',
    show: (list) => (list.length === 0 ? '(none)' : list.join(', ')),
  };
}

const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/** Yes or no. */
export function onOff(): Kind<boolean> {
  return {
    schema: () =>
      z.pipe(
        z.union([z.boolean(), z.enum(['true', 'false', '1', '0'])]),
        z.transform((value) => value === true || value === 'true' || value === '1'),
      ),
    expects: 'true or false',
    placeholder: '',
    show: String,
  };
}

/** A short text in one line. */
export function text(max: number, placeholder: string): Kind<string> {
  return {
    schema: () =>
      z.string().check(
        z.minLength(1),
        z.maxLength(max),
        z.refine((value) => !hasControlCharacter(value)),
      ),
    expects: `a text of 1 to ${max} characters in one line`,
    placeholder,
    show: (value) => value,
  };
}

/** A JavaScript regular expression that no text can make slow: it sees every line of a run. */
export function regex(): Kind<string> {
  return {
    schema: () => z.string().check(z.minLength(1), z.maxLength(500), z.refine(isHarmless)),
    expects:
      'a regular expression of at most 500 characters that takes bounded time (no repeated group, two of * and + at most)',
    placeholder: '<regex>',
    show: (value) => value,
  };
}

/** A place on the disk; where it is relative, its source says to what. */
export function path(placeholder: string): Kind<string> {
  return {
    schema: () =>
      z.string().check(
        z.minLength(1),
        z.maxLength(4096),
        z.refine((value) => !hasControlCharacter(value)),
      ),
    expects: 'a path',
    placeholder,
    show: (value) => value,
    isPath: true,
  };
}

/** The same kind, or `none` for no limit. */
export function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return {
    schema: () =>
      z.union([
        kind.schema(),
        z.pipe(
          z.literal('none'),
          z.transform(() => null),
        ),
      ]) as unknown as z.ZodMiniType<T | null>,
    expects: `${kind.expects}, or none`,
    placeholder: kind.placeholder,
    show: (value) => (value === null ? 'none' : kind.show(value)),
  };
}

/** The same kind where nothing is a value too, though nobody can write it. */
export function orUnset<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    schema: kind.schema as unknown as () => z.ZodMiniType<T | null>,
    show: (value) => (value === null ? '(unset)' : kind.show(value)),
  };
}

function parseDurationMs(written: string | number): number {
  if (typeof written === 'number' || NUMBER.test(written)) return Number(written) * 1_000;
  let sumMs = 0;
  for (const [, amount, unit] of written.matchAll(DURATION_PART)) {
    sumMs += Number(amount) * (DURATION_UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return sumMs;
}

function parseSizeBytes(written: string): number {
  const [, amount, prefix = ''] = SIZE.exec(written) ?? [];
  const power = prefix === '' ? 0 : SIZE_PREFIXES.indexOf(prefix.charAt(0).toLowerCase()) + 1;
  return Math.round(Number(amount) * (prefix.length === 2 ? 1024 : 1000) ** power);
}

function splitList(written: string | string[]): string[] {
  if (typeof written !== 'string') return written;
  return written
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const isHarmless = (pattern: string): boolean => objectionTo(pattern, 2) === null;

function hasControlCharacter(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) < 0x20 || value.charCodeAt(i) === 0x7f) return true;
  }
  return false;
}
