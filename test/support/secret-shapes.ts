// Secrets as they look in the wild: made by chance after the providers' public descriptions of their tokens, and
// lines they stand in.

import type { Chance } from '../../bench/detection/random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
export const ALNUM = LOWER + LOWER.toUpperCase() + DIGITS;
const BASE32 = `${LOWER.toUpperCase()}234567`;

/** Shapes: text as it stands, `{alphabet,length}` for chance. */
export const SECRET_SHAPES: readonly string[] = [
  'AKIA{base32,16}',
  'ghp_{alnum,36}',
  'gho_{alnum,36}',
  'github_pat_{alnum,22}_{alnum,59}',
  'glpat-{alnum,20}',
  'xoxb-{digits,12}-{digits,12}-{alnum,24}',
  'xoxp-{digits,12}-{digits,12}-{digits,12}-{hex,32}',
  'https://hooks.slack.com/services/T{base32,8}/B{base32,8}/{alnum,24}',
  'sk_live_{alnum,24}',
  'rk_live_{alnum,24}',
  'sk-proj-{alnum,48}',
  'sk-{alnum,20}T3BlbkFJ{alnum,20}',
  'sk-ant-api03-{alnum,93}AA',
  'AIza{alnum,35}',
  'npm_{alnum,36}',
  'pypi-AgEIcHlwaS5vcmc{alnum,60}',
  'SG.{alnum,22}.{alnum,43}',
  'hf_{letters,34}',
  'dop_v1_{hex,64}',
  'dapi{hex,32}',
  'shpat_{hex,32}',
  'SK{hex,32}',
  '{digits,9}:AA{alnum,33}',
  '{hex,32}-us12',
  '{alnum,14}.atlasv1.{alnum,64}',
  'hvs.{alnum,95}',
  'eyJ{alnum,33}.eyJ{alnum,80}.{alnum,43}',
  'figd_{alnum,40}',
  'dckr_pat_{alnum,27}',
  'lin_api_{alnum,40}',
  'ATATT3{alnum,180}',
  'LTAI{alnum,20}',
  'PMAK-{hex,24}-{hex,34}',
  'glsa_{alnum,32}_{hex,8}',
  'pul-{hex,40}',
  'rubygems_{hex,48}',
  'shpss_{hex,32}',
  'tfp_{alnum,44}_{alnum,14}',
  'postgres://app:{alnum,20}@db.example.org/app',
  'Authorization: Bearer {alnum,40}',
];

/** What stands around a secret on a line. */
export const AROUND_SECRETS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `export VALUE=${secret}`,
  (secret) => `{"a":"${secret}","b":1}`,
  (secret) => `  - value: '${secret}'`,
  (secret) => `2026-01-31T10:00:00Z INFO got ${secret}, going on`,
  (secret) => `curl https://example.org/?x=${secret}&y=2`,
];

/** A token of a shape, and its parts that nobody may see. */
export function secretOf(shape: string, chance: Chance): { text: string; parts: string[] } {
  const alphabets: Record<string, string> = {
    alnum: ALNUM,
    base32: BASE32,
    digits: DIGITS,
    hex: `${DIGITS}abcdef`,
    letters: LOWER + LOWER.toUpperCase(),
  };
  const parts: string[] = [];
  const text = shape.replace(/\{(\w+),(\d+)\}/g, (_, alphabet: string, length: string) => {
    const part = randomText(chance, alphabets[alphabet] ?? ALNUM, Number(length));
    if (part.length >= 16) parts.push(part);
    return part;
  });
  return { text, parts };
}

/** Text of `length` characters of `alphabet`. */
export function randomText(chance: Chance, alphabet: string, length: number): string {
  const letters = [...alphabet];
  return Array.from({ length }, () => chance.pick(letters)).join('');
}
