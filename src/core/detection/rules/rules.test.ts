import { describe, expect, it } from 'vitest';
import { ALL_RULES } from './all-rules.ts';
import { cases as outputLoop } from './output-loop.cases.ts';
import { outcomeOf, type RuleCases } from './rule-case.ts';

const CASES: Readonly<Record<string, RuleCases>> = {
  'output-loop': outputLoop,
};

describe.each(ALL_RULES)('the rule $id', ({ id }) => {
  const { fires, silent } = CASES[id] ?? { fires: [], silent: [] };

  it('comes with runs that it finds and with runs that it leaves alone', () => {
    expect(fires.length).toBeGreaterThan(0);
    expect(silent.length).toBeGreaterThan(0);
  });

  it.each(fires)('finds $title', (given) => {
    const outcome = outcomeOf(id, given);
    expect(outcome).toMatchObject({ severity: given.severity });
    expect(outcome?.second).toBeLessThanOrEqual(given.bySecond ?? Number.POSITIVE_INFINITY);
  });

  it.each(silent)('leaves alone $title', (given) => {
    const outcome = outcomeOf(id, given);
    if (given.alertAllowed) expect(outcome?.severity).not.toBe('stop');
    else expect(outcome).toBeNull();
  });
});
