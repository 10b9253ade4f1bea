import { describe, expect, it } from 'vitest';
import { exceptionFor } from '../../dashboard/src/features/incident/advice.ts';

const settings = (of: Partial<Parameters<typeof exceptionFor>[0]>): string[] =>
  exceptionFor({ rule: null, mayStop: null, numbers: {}, ...of }).map(({ setting }) => setting);

describe('what to set so that work is left alone', () => {
  it('forbids the rule, and allows no other that the policy forbids', () => {
    expect(settings({ rule: 'hang', mayStop: ['hang', 'budget'] })).toContain('may-stop: [budget]');
    expect(settings({ rule: 'hang', mayStop: ['hang'] })).toContain('may-stop: []');
  });

  it('says nothing of the rules where the policy is not known, or forbids this one already', () => {
    expect(settings({ rule: 'hang' }).join()).not.toContain('may-stop');
    expect(settings({ rule: 'hang', mayStop: ['budget'] }).join()).not.toContain('may-stop');
  });

  it.each([
    ['run time', 5_400_000, 'max-time: 180m'],
    ['CPU time', 20_500, 'max-cpu-time: 41s'],
    ['tokens', 1_001, 'max-tokens: 2002'],
    ['cost', 2.6, 'max-cost: 6'],
  ])('names the limit that was reached: %s', (name, spent, setting) => {
    expect(settings({ rule: 'budget', numbers: { [name]: spent } })).toEqual([setting]);
  });
});
