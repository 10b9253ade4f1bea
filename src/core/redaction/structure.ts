// Secrets that show by the structure around them: passwords in URLs, `-u user:password`, cookies, .netrc, key blocks.
// Each pattern is bounded in length at every part, so that its time is linear in the text.

import { asciiLowerCase } from './literal-scanner.ts';
import type { Marked } from './span.ts';

interface StructureRule {
  readonly id: string;
  /** A text without this (in lower case) cannot match. */
  readonly needs: string;
  readonly pattern: RegExp;
}

/** The groups named `secret…` are what is taken out. */
const RULES: readonly StructureRule[] = [
  {
    id: 'url-password',
    needs: '://',
    pattern:
      /:\/\/[^\s:/@"'<>]{0,200}:(?!\d{1,5}\/)(?<secret>(?:[^\s@"'<>:]|:(?!\/\/)){1,500}?)@(?=[\w.[-])/dg,
  },
  {
    id: 'url-token',
    needs: '://',
    pattern: /:\/\/(?<secret>(?=[^\s/@:]{0,60}\d)[A-Za-z0-9_-]{16,255})@(?=[\w.[-])/dg,
  },
  {
    id: 'user-password',
    needs: ' -u',
    pattern: /\s-u[ =]?["']?[^\s:"'/]{1,100}:(?<secret>[^\s"']{3,200})/dg,
  },
  {
    id: 'user-password',
    needs: '--user',
    pattern: /--(?:proxy-)?user[ =]["']?[^\s:"'/]{1,100}:(?<secret>[^\s"']{3,200})/dg,
  },
  {
    id: 'netrc',
    needs: 'login',
    pattern: /\blogin\s{1,8}\S{1,100}\s{1,8}password\s{1,8}(?<secret>\S{1,200})/dg,
  },
  {
    id: 'cookie',
    needs: 'cookie',
    pattern:
      /\b(?:set-)?cookie["']?\s{0,4}[:=]\s{0,4}["']?(?<secret>[\w.-]{1,100}=[^\r\n"']{4,4000})/dgi,
  },
  {
    id: 'authorization',
    needs: 'authorization',
    pattern:
      /\b(?:proxy-)?authorization["'\\]{0,3}\s{0,4}[:=,]\s{0,4}["'\\]{0,3}(?:[A-Za-z0-9-]{2,20}[ ]{1,4})?(?<secret>[A-Za-z0-9+/=._~:-]{8,4000})/dgi,
  },
  {
    id: 'private-key',
    needs: '-----begin',
    pattern:
      /-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?<secret>(?:[^-]|-(?!----)){1,100000})/dgi,
  },
  {
    id: 'putty-key',
    needs: 'private-lines',
    pattern: /Private-Lines: \d{1,3}(?<secret>[A-Za-z0-9+/=\s\\n]{16,20000})/dg,
  },
];

/** A line of nothing but base64, as long as lines of key files are. */
const KEY_LINE = /^\s*(?<secret>[A-Za-z0-9+/]{60,76}={0,2})\s*$/d;

export function findStructured(text: string): Marked[] {
  const lower = asciiLowerCase(text);
  const marks: Marked[] = [];
  for (const { id, needs, pattern } of RULES) {
    if (!lower.includes(needs)) continue;
    for (const { indices } of text.matchAll(pattern)) {
      const [start, end] = indices?.groups?.['secret'] ?? [0, 0];
      if (!text.startsWith('[REDACTED', start)) marks.push({ rule: id, start, end });
    }
  }
  return marks;
}

/** Whether a line is one of a key file: of base64 that is neither hexadecimal nor of letters only. */
export const isKeyLine = (line: string): boolean => {
  const content = KEY_LINE.exec(line)?.groups?.['secret'] ?? '';
  return /[A-Z]/.test(content) && /[a-z]/.test(content) && /\d/.test(content);
};

export const beginsKeyBlock = (line: string): boolean =>
  /-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.test(line) && !endsKeyBlock(line);

export const endsKeyBlock = (line: string): boolean =>
  /-----END[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.test(line);
