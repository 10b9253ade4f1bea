import { describe, expect, it } from 'vitest';
import { RULE_IDS, type RuleId } from '../finding.ts';
import { cases as agentLoop } from './agent-loop.cases.ts';
import { ALL_RULES } from './all-rules.ts';
import { cases as budget } from './budget.cases.ts';
import { cases as handleGrowth } from './handle-growth.cases.ts';
import { cases as hang } from './hang.cases.ts';
import { cases as memoryGrowth } from './memory-growth.cases.ts';
import { cases as outputFlood } from './output-flood.cases.ts';
import { cases as outputLoop } from './output-loop.cases.ts';
import { cases as processGrowth } from './process-growth.cases.ts';
import { cases as retryStorm } from './retry-storm.cases.ts';
import { outcomeOf, type RuleCases } from './rule-case.ts';
import { cases as silentSpin } from './silent-spin.cases.ts';

const CASES: Readonly<Record<RuleId, RuleCases>> = {
  'output-loop': outputLoop,
  'retry-storm': retryStorm,
  'agent-loop': agentLoop,
  'silent-spin': silentSpin,
  hang,
  'memory-growth': memoryGrowth,
  'process-growth': processGrowth,
  'output-flood': outputFlood,
  'handle-growth': handleGrowth,
  budget,
};

it('there is one rule for each id, in that order', () => {
  expect(ALL_RULES.map((rule) => rule.id)).toEqual([...RULE_IDS]);
});

describe.each(ALL_RULES)('the rule $id', ({ id, exitReason }) => {
  const { fires, silent } = CASES[id];

  it('comes with runs that it finds and with runs that it leaves alone', () => {
    expect(fires.length).toBeGreaterThan(0);
    expect(silent.length).toBeGreaterThan(0);
  });

  it.each(fires)('finds $title', (given) => {
    const outcome = outcomeOf(id, given);
    expect(outcome).toMatchObject({ severity: given.severity });
    expect(outcome?.second).toBeLessThanOrEqual(given.bySecond ?? Number.POSITIVE_INFINITY);
    const finding = outcome?.assessment.findings.find((f) => f.ruleId === id);
    expect([exitReason, 'SAFETY_LIMIT_EXCEEDED']).toContain(finding?.exitReason);
    expect(finding?.summary).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each(silent)('leaves alone $title', (given) => {
    const outcome = outcomeOf(id, given);
    if (given.alertAllowed) expect(outcome?.severity).not.toBe('stop');
    else expect(outcome).toBeNull();
  });
});
