import { describe, expect, it } from 'vitest';
import type { Assessment, Finding } from '../detection/finding.ts';
import { monotonicMs } from '../time.ts';
import { decide } from './decide.ts';
import { type Policy, PROFILE_POLICIES } from './policy.ts';
import { canaryBucket } from './rollout.ts';

const policy = PROFILE_POLICIES.standard;
const loop: Finding = {
  ruleId: 'output-loop',
  severity: 'stop',
  confidence: 97,
  summary: '7-line cycle, 212 times',
  exitReason: 'LOOP_DETECTED',
  hardLimit: false,
  contributions: [],
  evidence: {},
};
const limit: Finding = {
  ...loop,
  ruleId: 'budget',
  exitReason: 'SAFETY_LIMIT_EXCEEDED',
  hardLimit: true,
};
const context = { jobKey: 'nightly', attemptAgeMs: 60_000 };

const assess = (...findings: Finding[]): Assessment => ({
  at: monotonicMs(0),
  scores: { cpu: 100, entropy: 5, confidence: 97 },
  findings,
});
const decideWith = (over: Partial<Policy>, finding = loop, at = context) =>
  decide(assess(finding), at, { ...policy, ...over });

describe('a decision', () => {
  it('does nothing about healthy work, nor about a mere notice', () => {
    expect(decide(assess(), context, policy).applied).toBe('none');
    expect(decideWith({}, { ...loop, severity: 'notice' }).applied).toBe('none');
  });

  it('alerts at an alert and stops at a stop', () => {
    expect(decideWith({}, { ...loop, severity: 'alert' }).applied).toBe('alert');
    expect(decideWith({}).applied).toBe('stop');
  });

  it('never touches the tree in shadow, not even for a hard limit', () => {
    for (const hardLimit of [true, false]) {
      const decision = decideWith({ rollout: 'shadow' }, { ...loop, hardLimit });
      expect(decision).toMatchObject({
        intended: 'stop',
        applied: 'alert',
        suppressedBy: 'shadow',
      });
      expect(decision.reason).toContain('would stop');
    }
  });

  it('keeps a job on one side of a canary from run to run', () => {
    const bucket = canaryBucket(context.jobKey);
    const inside = { rollout: 'canary' as const, canaryPercent: bucket + 1 };
    const outside = { rollout: 'canary' as const, canaryPercent: bucket };
    expect(decideWith(inside).applied).toBe('stop');
    expect(decideWith(outside)).toMatchObject({ applied: 'alert', suppressedBy: 'outside-canary' });
  });

  it('lets only the rules stop that the policy names, and none within the start grace', () => {
    const detection = { ...policy.detection, mayStop: [] };
    expect(decideWith({ detection })).toMatchObject({ suppressedBy: 'rule-may-not-stop' });
    const young = { ...context, attemptAgeMs: policy.detection.startGraceMs - 1 };
    expect(decideWith({}, loop, young)).toMatchObject({ suppressedBy: 'start-grace' });
    expect(decideWith({}, { ...loop, hardLimit: true }, young).applied).toBe('stop');
    expect(decideWith({}, { ...loop, ruleId: 'process-growth' }, young).applied).toBe('stop');
  });

  it('applies the action that the policy chose for a runaway', () => {
    for (const onRunaway of ['alert', 'pause', 'restart'] as const) {
      expect(decideWith({ onRunaway })).toMatchObject({ applied: onRunaway, suppressedBy: null });
    }
  });

  it('stops at a hard limit, whatever the policy does about a runaway', () => {
    for (const onRunaway of ['alert', 'pause', 'restart'] as const) {
      expect(decideWith({ onRunaway }, limit)).toMatchObject({ intended: 'stop', applied: 'stop' });
    }
  });

  it('does not let a finding that may not stop hide one that may', () => {
    const storm: Finding = { ...loop, ruleId: 'process-growth', confidence: 90 };
    const young = { ...context, attemptAgeMs: 3000 };
    const early = decide(assess(loop, storm), young, policy);
    expect(early).toMatchObject({ applied: 'stop', finding: { ruleId: 'process-growth' } });

    const detection = { ...policy.detection, mayStop: ['process-growth'] as const };
    const named = decide(assess(loop, storm), context, { ...policy, detection });
    expect(named).toMatchObject({ applied: 'stop', finding: { ruleId: 'process-growth' } });
  });

  it('takes a hard limit before a finding as strong, and the strongest where all are held back', () => {
    const tie = decide(assess(loop, limit), context, { ...policy, onRunaway: 'restart' });
    expect(tie).toMatchObject({ applied: 'stop', finding: { ruleId: 'budget' } });

    const detection = { ...policy.detection, mayStop: [] };
    const storm: Finding = { ...loop, ruleId: 'retry-storm', confidence: 96 };
    const held = decide(assess(loop, storm), context, { ...policy, detection });
    expect(held).toMatchObject({
      applied: 'alert',
      suppressedBy: 'rule-may-not-stop',
      finding: { ruleId: 'output-loop' },
    });
  });
});

describe('the canary', () => {
  it('spreads jobs evenly over its buckets', () => {
    const hits = Array.from({ length: 5000 }, (_, i) => canaryBucket(`job ${i}`) < 10);
    const share = hits.filter(Boolean).length / hits.length;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.13);
  });
});
