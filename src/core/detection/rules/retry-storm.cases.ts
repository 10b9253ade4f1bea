// Runs that retry-storm must stop, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

/** Prints a line at each of these seconds. */
const at = (seconds: readonly number[], line: (round: number) => string) => (second: number) => {
  const round = seconds.indexOf(second);
  return round === -1 ? [] : [line(round)];
};

/** The seconds of a backoff that doubles up to `cap`. */
function backoff(cap: number, rounds: number): readonly number[] {
  const seconds = [1];
  let delay = 1;
  while (seconds.length < rounds) {
    seconds.push((seconds.at(-1) ?? 0) + delay);
    delay = Math.min(cap, delay * 2);
  }
  return seconds;
}

const overloaded = (round: number) =>
  `WARN POST https://api.example.com/v1/messages failed with 429 Too Many Requests (attempt ${round + 1}), retrying in ${2 ** (round % 6)}.0s`;

export const cases: RuleCases = {
  fires: [
    {
      title: 'an exponential backoff within fifteen rounds',
      acts: [{ seconds: 900, lines: at(backoff(60, 40), overloaded) }],
      severity: 'stop',
      bySecond: (backoff(60, 16).at(-1) ?? 0) + 6,
    },
    {
      title: 'a refused connection every second, once it has lasted a minute',
      acts: [{ seconds: 90, lines: (s) => [`connect ECONNREFUSED 127.0.0.1:5432 (try ${s})`] }],
      severity: 'stop',
      bySecond: 70,
    },
    {
      title: 'the same in half the time at profile heavy',
      profile: 'heavy',
      acts: [{ seconds: 90, lines: (s) => [`connect ECONNREFUSED 127.0.0.1:5432 (try ${s})`] }],
      severity: 'stop',
      bySecond: 40,
    },
  ],
  silent: [
    {
      title: 'a database that is waited for and then comes up',
      alertAllowed: true,
      acts: [
        { seconds: 25, lines: () => ['waiting for database: connection refused'] },
        { seconds: 200, lines: (s) => [`migrated table users_${s}`] },
      ],
    },
    {
      title: 'downloads that fail now and then and succeed in the end',
      acts: [
        {
          seconds: 300,
          lines: (s) => [
            s % 4 === 3
              ? `downloaded archive-${(s * 7919) % 1000}.tar.gz (${(s * 31) % 90} MB)`
              : `WARN download failed (attempt ${(s % 4) + 1}/5), retrying`,
          ],
        },
      ],
    },
    {
      title: 'a linter that names another place with every error',
      acts: [
        {
          seconds: 200,
          lines: (s) => [
            `src/view${s * 3}.ts(${(s * 97) % 900},7): error TS2304: Cannot find name.`,
          ],
        },
      ],
    },
    {
      title: 'a training whose error is a measured value',
      acts: [{ seconds: 200, lines: (s) => [`step ${s} error ${(3 / (s + 1)).toFixed(5)}`] }],
    },
    {
      title: 'summaries without errors',
      acts: [{ seconds: 200, lines: () => ['check done: 0 errors, 0 failed'] }],
    },
  ],
};
