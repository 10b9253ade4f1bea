// Runs that output-loop must stop, and runs it must leave alone.

import type { RuleCase, RuleCases } from './rule-case.ts';

const times = (count: number, line: (k: number) => string) => (second: number) =>
  Array.from({ length: count }, (_, i) => line(second * count + i));

const clock = (k: number) => `2026-01-01T10:${pad(Math.floor(k / 60))}:${pad(k % 60)}.${k % 1000}Z`;
const pad = (n: number) => String(n % 60).padStart(2, '0');
/** A different identifier for each k, as a hash would look. */
const nonce = (k: number) => (Math.imul(k + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
const WORDS = ['plan', 'fetch', 'parse', 'verify', 'store', 'notify', 'sleep', 'wake', 'sort'];

const cycle = (period: number): RuleCase => ({
  title: `a ${period}-line cycle with changing times and identifiers on a busy core`,
  acts: [
    {
      seconds: 40,
      demandPercent: 100,
      lines: times(
        20,
        (k) => `${clock(k)} [req-${nonce(k)}] ${WORDS[k % period]} phase pid=${900 + k}`,
      ),
    },
  ],
  severity: 'stop',
  bySecond: 20,
});

const failing = times(8, () => 'processing request 4242 failed, retrying endlessly');

export const cases: RuleCases = {
  fires: [
    {
      title: 'the same failure again and again on a busy core',
      acts: [{ seconds: 30, demandPercent: 100, lines: failing }],
      severity: 'stop',
      bySecond: 20,
    },
    {
      title: 'the same failure again and again on a busy core, at profile heavy',
      profile: 'heavy',
      acts: [{ seconds: 30, demandPercent: 100, lines: failing }],
      severity: 'stop',
      bySecond: 8,
    },
    {
      title: 'a loop that begins after 20 s of idling, as fast as from the start',
      profile: 'heavy',
      acts: [
        { seconds: 20, lines: (second) => (second === 0 ? ['waiting for work'] : []) },
        { seconds: 30, demandPercent: 100, lines: failing },
      ],
      severity: 'stop',
      bySecond: 30,
    },
    cycle(2),
    cycle(4),
    cycle(7),
    {
      title: 'failures at five a second on an idle core, with random identifiers',
      acts: [
        { seconds: 60, lines: times(5, (k) => `ERROR [${nonce(k)}] connect ETIMEDOUT db:5432`) },
      ],
      severity: 'stop',
      bySecond: 60,
    },
  ],
  silent: [
    {
      title: 'a training loop that counts its epochs on a busy core',
      acts: [
        {
          seconds: 120,
          demandPercent: 100,
          lines: times(4, (k) => `Epoch ${k}/500 loss=${(2 / (1 + k / 50)).toFixed(4)}`),
        },
      ],
    },
    {
      title: 'a batch that goes through files one by one',
      acts: [
        { seconds: 120, demandPercent: 100, lines: times(6, (k) => `processed file_${k}.csv`) },
      ],
    },
    {
      title: 'a compile',
      acts: [
        {
          seconds: 60,
          demandPercent: 180,
          lines: times(3, (k) => `  CC      src/${WORDS[k % 9]}/${WORDS[(k * 7) % 9]}_${k}.o`),
        },
      ],
    },
    {
      title: 'a heartbeat beside a busy core',
      acts: [{ seconds: 300, demandPercent: 100, lines: () => ['still working'] }],
    },
    {
      title: 'a heartbeat on an idle core',
      acts: [{ seconds: 300, lines: (s) => (s % 5 === 0 ? ['heartbeat: alive'] : []) }],
    },
    {
      title: 'ten loading lines and then silent computation',
      acts: [
        { seconds: 2, demandPercent: 100, lines: times(5, (k) => `Loading shard ${k + 1} of 10`) },
        { seconds: 200, demandPercent: 100 },
      ],
    },
    {
      title: 'a dump of three thousand equal lines within a second',
      acts: [
        { seconds: 1, demandPercent: 100, lines: times(3000, () => '0000 0000 0000 0000') },
        { seconds: 60, demandPercent: 100 },
      ],
    },
    {
      title: 'a progress bar that is redrawn',
      acts: [
        {
          seconds: 100,
          demandPercent: 100,
          lines: times(10, (k) => ` ${k / 10}%|###   | ${k}/1000\r`),
        },
      ],
    },
    {
      title: 'an access log under load',
      acts: [
        {
          seconds: 100,
          demandPercent: 100,
          lines: times(
            30,
            (k) => `10.0.0.${k % 250} - "GET /api/users HTTP/1.1" 200 ${(k * 7919) % 9000}`,
          ),
        },
      ],
    },
  ],
};
