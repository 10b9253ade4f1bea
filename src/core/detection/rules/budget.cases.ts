// Runs that budget must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

const message = (id: number, tokens: number) =>
  JSON.stringify({
    type: 'assistant',
    message: { id: `msg_${id}`, content: [], usage: { input_tokens: tokens, output_tokens: 0 } },
  });
const cost = (usd: number, session = 'one') =>
  JSON.stringify({
    type: 'result',
    subtype: 'success',
    session_id: session,
    total_cost_usd: usd,
  });

const fifty = (line: (i: number) => string) => Array.from({ length: 50 }, (_, i) => line(i));

export const cases: RuleCases = {
  fires: [
    {
      title: 'a run at its time limit',
      limits: { maxTimeMs: 60_000 },
      acts: [{ seconds: 70, lines: (s) => [`part ${s} of 99`] }],
      severity: 'stop',
      bySecond: 60,
    },
    {
      title: 'CPU time at its limit',
      limits: { maxCpuTimeMs: 100_000 },
      acts: [{ seconds: 70, demandPercent: 200, lines: (s) => [`part ${s} of 99`] }],
      severity: 'stop',
      bySecond: 51,
    },
    {
      title: 'tokens at their limit',
      limits: { maxTokens: 100_000 },
      acts: [{ seconds: 30, lines: (s) => [message(s, 5000)] }],
      severity: 'stop',
      bySecond: 20,
    },
    {
      title: 'four fifths of the tokens, as an alert',
      limits: { maxTokens: 100_000 },
      acts: [{ seconds: 17, lines: (s) => [message(s, 5000)] }],
      severity: 'alert',
      bySecond: 16,
    },
    {
      title: 'money at its limit',
      limits: { maxCostUsd: 2 },
      acts: [{ seconds: 3, lines: (s) => [message(s, 10), cost(s + 0.5)] }],
      severity: 'stop',
      bySecond: 3,
    },
    {
      title: 'money of many small sessions in one stream',
      limits: { maxCostUsd: 5 },
      acts: [{ seconds: 12, lines: (s) => [message(s, 10), cost(0.5, `session ${s}`)] }],
      severity: 'stop',
      bySecond: 10,
    },
    {
      title: 'money of more sessions than are remembered',
      limits: { maxCostUsd: 5 },
      acts: [
        { seconds: 12, lines: (s) => [message(s, 10), ...fifty((i) => cost(0.01, `${s}.${i}`))] },
      ],
      severity: 'stop',
      bySecond: 11,
    },
  ],
  silent: [
    {
      title: 'the cost of one session told again and again',
      limits: { maxCostUsd: 5 },
      acts: [{ seconds: 60, lines: (s) => [message(s, 10), cost(0.5)] }],
    },
    {
      title: 'a run without limits, however long',
      acts: [{ seconds: 3600, demandPercent: 100, lines: (s) => [`part ${s} of 9999`] }],
    },
    {
      title: 'one message whose usage is told in thirty pieces',
      limits: { maxTokens: 100_000 },
      acts: [{ seconds: 30, lines: () => [message(1, 5000)] }],
    },
    {
      title: 'half of the time that is allowed',
      limits: { maxTimeMs: 60_000 },
      acts: [{ seconds: 30 }],
    },
  ],
};
