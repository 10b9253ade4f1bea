// How surely and how fast secrets are taken out. The harmless lines are those of the recorded healthy runs.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formsOf } from '../../src/core/redaction/encodings.ts';
import { createRedactor } from '../../src/core/redaction/redactor.ts';
import { parseTrace } from '../../src/core/trace/trace-parser.ts';
import {
  ALNUM,
  AROUND_SECRETS,
  randomText,
  SECRET_SHAPES,
  secretOf,
} from '../../test/support/secret-shapes.ts';
import { type Chance, chanceOf } from '../detection/random.ts';
import { type Figure, percentile, timedMs } from '../figure.ts';

const TRACES = join(import.meta.dirname, '../../test/fixtures/traces');
const TOKENS = 2_000;
export function redactionFigures(): Figure[] {
  const chance = chanceOf(1);
  return [...found(chance), ...environment(chance), ...harmless(), ...speed(chance)];
}

const fingerprint = (): string => '00000000';
const plain = createRedactor({ secrets: [], fingerprint });

function found(chance: Chance): Figure[] {
  let taken = 0;
  for (let n = 0; n < TOKENS; n++) {
    const { text, parts } = secretOf(SECRET_SHAPES[n % SECRET_SHAPES.length] ?? '', chance);
    const line = chance.pick(AROUND_SECRETS)(text);
    const redacted = plain.text(line);
    if (parts.every((part) => !redacted.includes(part))) taken++;
  }
  const percent = (100 * taken) / TOKENS;
  return [
    {
      name: `${TOKENS} tokens of ${SECRET_SHAPES.length} public shapes, taken out`,
      value: percent,
      unit: '%',
      must: { atLeast: 99 },
    },
  ];
}

function environment(chance: Chance): Figure[] {
  let [all, taken] = [0, 0];
  for (let n = 0; n < 500; n++) {
    const value = randomText(chance, `${ALNUM}!$&/"'\\ +=?%#äß€`, 8 + chance.below(40));
    const redactor = createRedactor({ secrets: [{ name: 'DB_PASSWORD', value }], fingerprint });
    for (const form of formsOf(value)) {
      all++;
      if (!redactor.text(`before ${form} behind`).includes(form)) taken++;
    }
  }
  return [
    {
      name: `secrets of the environment in ${all} forms, taken out`,
      value: (100 * taken) / all,
      unit: '%',
      must: { atLeast: 100 },
    },
  ];
}

function harmless(): Figure[] {
  const lines = healthyLines();
  const altered = lines.filter((line) => plain.text(line).includes('[REDACTED:')).length;
  return [
    {
      name: `${lines.length} harmless lines, altered`,
      value: (100 * altered) / lines.length,
      unit: '%',
      must: { atMost: 0.1 },
    },
  ];
}

function healthyLines(): string[] {
  const names = readdirSync(TRACES).filter((name) => /^healthy-.*\.trace$/.test(name));
  return names.flatMap((name) => {
    const { records } = parseTrace(readFileSync(join(TRACES, name), 'utf8'));
    return [...records].flatMap((record) => (record.type === 'line' ? [record.line.text] : []));
  });
}

/** Pieces that start rules, repeated to the longest line there is. */
const WORST = [
  '=',
  'password',
  'token=',
  ' -u',
  '://',
  'eyJ',
  '-',
  'sk-',
  '\u001b[',
  'cookie:',
  'a:',
];

function speed(chance: Chance): Figure[] {
  const secrets = [{ name: 'TOKEN', value: randomText(chance, ALNUM, 30) }];
  const redactor = createRedactor({ secrets, fingerprint });
  const lines = healthyLines();
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const rounds = Math.ceil(20_000_000 / bytes);
  const pass = (work: (line: string) => unknown): number =>
    timedMs(() => {
      for (let round = 0; round < rounds; round++) for (const line of lines) work(line);
    });
  pass((line) => redactor.text(line));
  const ours = Math.min(...[1, 2, 3].map(() => pass((line) => redactor.text(line))));
  const onePattern = pass((line) => line.replace(/(password|secret|token)[=:]\S+/gi, ''));
  const worst = WORST.flatMap((piece) => {
    const line = piece.repeat(Math.ceil(65_536 / piece.length));
    return [1, 2, 3].map(() => timedMs(() => redactor.text(line)));
  });
  return [
    {
      name: 'redaction of harmless lines',
      value: (rounds * bytes) / 1000 / ours,
      unit: 'MB/s',
      must: { atLeast: 20 },
      beside: `one pattern alone: ${Math.round((rounds * bytes) / 1000 / onePattern)} MB/s`,
    },
    {
      name: 'worst line of 64 KiB',
      value: percentile(worst, 1),
      unit: 'ms',
      must: { atMost: 50 },
    },
  ];
}
