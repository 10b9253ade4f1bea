// agent-loop: an agent goes round in circles: the same calls with the same results, nothing new for long.
// A changed result is progress; asking a poll again is waiting.

import type { AgentIndicators } from '../agent/agent-window.ts';
import { confidenceOf } from '../calibration.ts';
import type { Contribution } from '../finding.ts';
import { filterStep } from '../two-state-filter.ts';
import { inWords } from '../words.ts';
import { defineRule, type Rule } from './rule.ts';
import { standingAt, UNSUSPECTED } from './standing.ts';

/** Nats per completed call, by what it told. */
const NATS = {
  known: 0.9,
  repeated: 0.9,
  slow: 0.5,
  changed: -0.7,
  new: -2.2,
  progress: -4,
} as const;
const NATS_PER_TICK_MAX = 4;

export const agentLoop: Rule = defineRule({
  id: 'agent-loop',
  sees: 'an agent that makes the same calls with the same results, alone or in circles',
  exitReason: 'LOOP_DETECTED',
  initial: UNSUSPECTED,
  evaluate({ at, agent }, before, options) {
    if (!agent) return { memory: before, confidence: 0, finding: null };
    // Who asks the same after a pause may be waiting: that is worth telling, never worth stopping.
    const slowCounts = confidenceOf(before.logOdds) < options.detection.alertAt;
    const contributions = weigh(agent, slowCounts ? NATS.slow : 0);
    const sum = contributions.reduce((nats, part) => nats + part.nats, 0);
    const nats = Math.max(-NATS_PER_TICK_MAX, Math.min(NATS_PER_TICK_MAX, sum));
    const logOdds = nats === 0 ? before.logOdds : filterStep(before.logOdds, nats, 0);
    const confidence = confidenceOf(logOdds);
    const { standing, severity } = standingAt({ at, logOdds, confidence }, before, options);
    return {
      memory: standing,
      confidence,
      finding: severity && {
        ruleId: agentLoop.id,
        severity,
        confidence,
        summary: summaryOf(agent),
        exitReason: agentLoop.exitReason,
        hardLimit: false,
        contributions,
        evidence: {
          staleMs: agent.newsMs,
          ...(agent.periodCalls > 0 ? { repeats: agent.repeats } : {}),
          more: {
            calls: agent.totalCalls,
            periodCalls: agent.periodCalls,
            tokensSinceNews: agent.tokensSinceNews,
            lastCalls: agent.lastCalls.join(', '),
          },
        },
      },
    };
  },
});

function weigh(agent: AgentIndicators, slowNats: number): readonly Contribution[] {
  const part = (indicator: string, value: number, natsEach: number) => ({
    indicator,
    value,
    nats: value * natsEach,
  });
  return [
    part('known calls with known results', agent.knownCalls, NATS.known),
    part('the same call in a row', agent.repeatedCalls, NATS.repeated),
    part('the same call after a pause', agent.slowRepeats, slowNats),
    part('known calls with new results', agent.changedResults, NATS.changed),
    part('new calls', agent.newCalls, NATS.new),
    part('files changed', agent.progress, NATS.progress),
  ];
}

function summaryOf(agent: AgentIndicators): string {
  const { periodCalls, repeats, newsMs, tokensSinceNews } = agent;
  const what =
    periodCalls === 0
      ? 'the agent repeats calls that gave the same results'
      : periodCalls === 1
        ? `the agent made the same call with the same result ${repeats} times`
        : `the agent went round a circle of ${periodCalls} calls ${repeats} times`;
  const spent = tokensSinceNews > 0 ? `, ${tokensSinceNews} tokens since` : '';
  return `${what}, nothing new for ${inWords(newsMs)}${spent}`;
}
