// Runs that agent-loop must stop, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

/** One call and its result as Claude's stream tells them. */
function call(id: number, name: string, input: object, result: string): readonly string[] {
  const message = {
    id: `msg_${id}`,
    content: [{ type: 'tool_use', id: `toolu_${id}`, name, input }],
    usage: { input_tokens: 1000, output_tokens: 50 },
  };
  const answer = {
    content: [{ type: 'tool_result', tool_use_id: `toolu_${id}`, content: result }],
  };
  return [
    JSON.stringify({ type: 'assistant', message }),
    JSON.stringify({ type: 'user', message: answer }),
  ];
}

const every = (period: number, lines: (round: number) => readonly string[]) => (second: number) =>
  second % period === 0 ? lines(second / period) : [];

/** A call of Bash that failed. */
const failedCall = (id: number, command: string, result: string): readonly string[] =>
  call(id, 'Bash', { command }, result).map((line) =>
    line.replace('"type":"tool_result"', '"type":"tool_result","is_error":true'),
  );

const COMMANDS = ['git status', 'python app.py', 'cat requirements.txt'];

export const cases: RuleCases = {
  fires: [
    {
      title: 'the same call with the same result',
      acts: [
        {
          seconds: 120,
          lines: every(3, (n) => call(n, 'Bash', { command: 'make run' }, 'No rule')),
        },
      ],
      severity: 'stop',
      bySecond: 30,
    },
    {
      title: 'a circle of three calls with the same results',
      acts: [
        {
          seconds: 120,
          lines: every(3, (n) => call(n, 'Bash', { command: COMMANDS[n % 3] }, `result ${n % 3}`)),
        },
      ],
      severity: 'stop',
      bySecond: 60,
    },
    {
      title: 'the same failing call of an agent that thinks for twenty seconds in between',
      acts: [{ seconds: 300, lines: every(20, (n) => failedCall(n, 'make run', 'No rule')) }],
      severity: 'stop',
      bySecond: 160,
    },
    {
      title: 'results that differ only in times and durations',
      acts: [
        {
          seconds: 120,
          lines: every(3, (n) =>
            call(n, 'Bash', { command: 'npm test' }, `1 failed in 0.${40 + n}s at 10:00:${10 + n}`),
          ),
        },
      ],
      severity: 'stop',
      bySecond: 30,
    },
  ],
  silent: [
    {
      title: 'the same tests with other results after other edits',
      acts: [
        {
          seconds: 300,
          lines: every(3, (n) =>
            n % 2 === 0
              ? call(n, 'Edit', { file: 'a.ts', text: `v${n}` }, 'ok')
              : call(n, 'Bash', { command: 'npm test' }, `${n} passed, ${n % 5} failed`),
          ),
        },
      ],
    },
    {
      title: 'waiting for a long command by asking for its output',
      acts: [
        {
          seconds: 300,
          lines: every(5, (n) => call(n, 'BashOutput', { bash_id: '1' }, 'still running')),
        },
      ],
    },
    {
      title: 'the same question every twenty seconds, with the same good answer: an alert at most',
      alertAllowed: true,
      acts: [
        {
          seconds: 3600,
          lines: every(20, (n) => call(n, 'Bash', { command: 'gh pr checks' }, 'pending')),
        },
      ],
    },
    {
      title: 'one message that fans out into forty equal calls',
      acts: [
        {
          seconds: 60,
          lines: (s) =>
            s === 5
              ? Array.from({ length: 40 }, (_, i) =>
                  call(7, 'Read', { path: 'a' }, `line ${i}`),
                ).flat()
              : [],
        },
      ],
    },
    {
      title: 'reading file after file',
      acts: [
        {
          seconds: 300,
          lines: every(2, (n) => call(n, 'Read', { path: `src/f${n}.ts` }, `text ${n}`)),
        },
      ],
    },
  ],
};
