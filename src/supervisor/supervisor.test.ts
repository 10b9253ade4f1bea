import { describe, expect, it } from 'vitest';
import { buildSupervisor } from '../../test/support/build-supervisor.ts';
import type { FakeTree } from '../../test/support/fake-process-host.ts';
import type { Detector } from '../core/detection/detector.ts';
import type { Finding } from '../core/detection/finding.ts';
import { NOTHING_SPENT } from '../core/detection/spent.ts';
import { ownOrder, stopAudit } from '../core/lifecycle/order.ts';
import { PROFILE_POLICIES } from '../core/policy/policy.ts';

const finding: Finding = {
  ruleId: 'output-loop',
  severity: 'stop',
  confidence: 97,
  summary: '7-line cycle, 212 times',
  exitReason: 'LOOP_DETECTED',
  hardLimit: false,
  contributions: [{ indicator: 'staleness', value: 1, nats: 3 }],
  evidence: { periodLines: 7, repeats: 212 },
};

/** A detector that finds what the test puts into it. */
function scripted(): Detector & { findings: Finding[] } {
  return {
    findings: [],
    line() {},
    tick({ at }) {
      const confidence = this.findings[0]?.confidence ?? 0;
      return { at, scores: { cpu: 50, entropy: 50, confidence }, findings: this.findings };
    },
    spent: () => NOTHING_SPENT,
  };
}

const limit: Finding = {
  ...finding,
  ruleId: 'budget',
  summary: 'cost $5.00, limit $5.00',
  exitReason: 'SAFETY_LIMIT_EXCEEDED',
  hardLimit: true,
};

const person = {
  ...ownOrder('enough', 'USER_TERMINATED'),
  actor: 'operator' as const,
  audit: stopAudit('operator'),
};

function begin(options: Parameters<typeof buildSupervisor>[0] = {}) {
  const detector = scripted();
  const isReal = options.policy?.limits !== undefined;
  const built = buildSupervisor({ ...(!isReal && { detector }), ...options });
  const result = built.supervisor.run();
  spawned(built.host.last);
  return { ...built, detector, result };
}

const withinTenSeconds = {
  limits: { ...PROFILE_POLICIES.standard.limits, maxTimeMs: 10_000 },
};

const spawned = (tree: FakeTree): void => tree.tell({ type: 'spawned', pid: 100, startTicks: 7 });
const empty = (tree: FakeTree): void => tree.tell({ type: 'emptied', proof: 'echild' });
const exit = (tree: FakeTree, code: number): void =>
  tree.tell({ type: 'leader-exited', exit: { type: 'exited', code } });

describe('a run', () => {
  it('that ends by itself leaves start, attempt, exit and end, and no incident', async () => {
    const { host, log, result } = begin();
    exit(host.last, 0);
    empty(host.last);
    expect(await result).toMatchObject({ exit: { type: 'exited', code: 0 }, survivors: [] });
    expect(log.types).toEqual([
      'run.started',
      'attempt.started',
      'leader.exited',
      'attempt.ended',
      'run.ended',
    ]);
  });

  it('that fails is exactly one incident', async () => {
    const { host, log, result } = begin();
    exit(host.last, 3);
    empty(host.last);
    await result;
    expect(log.of('incident.opened')).toHaveLength(1);
    expect(log.of('incident.closed')[0]?.payload.exitReason).toBe('COMMAND_FAILURE');
  });

  it('records the peak of the CPU per interval, not the value at the end', async () => {
    const { host, clock, log, result } = begin();
    host.last.cpuPercent = 150;
    clock.advance(1000);
    host.last.cpuPercent = 75;
    clock.advance(1000);
    exit(host.last, 0);
    empty(host.last);
    expect((await result).cpuPeakPercent).toBeCloseTo(150);
    expect(log.of('run.ended')[0]?.payload.cpuPeakPercent).toBeCloseTo(150);
  });
});

describe('a runaway', () => {
  it('is one incident, joined to its decisions, intent and outcome', async () => {
    const { host, clock, log, detector, result, said } = begin();
    clock.advance(20_000);
    detector.findings = [{ ...finding, severity: 'alert', confidence: 75 }];
    clock.advance(1000);
    detector.findings = [finding];
    clock.advance(1000);
    expect(host.last.orders).toEqual(['SIGTERM tree', 'SIGCONT tree']);
    exit(host.last, 0);
    empty(host.last);
    expect(await result).toMatchObject({ exit: { type: 'exited', code: 124 } });

    const [opened] = log.of('incident.opened');
    expect(log.of('incident.opened')).toHaveLength(1);
    expect(opened?.payload.exitReason).toBe('WATCHDOG_ALERT');
    const joined = log.events.filter((event) => event.incidentId === opened?.incidentId);
    expect(joined.map((event) => event.type)).toEqual([
      'incident.opened',
      'decision.made',
      'incident.escalated',
      'decision.made',
      'action.intended',
      'tree.frozen',
      'leader.exited',
      'action.completed',
      'attempt.ended',
      'incident.closed',
    ]);
    expect(said.join('\n')).toContain('7-line cycle, 212 times');
  });

  it('has its intent in the log before the first signal', () => {
    const { host, clock, log, detector } = begin();
    clock.advance(20_000);
    detector.findings = [finding];
    const signal = host.last.signal.bind(host.last);
    const intended: boolean[] = [];
    host.last.signal = (name, scope) => {
      intended.push(log.types.includes('action.intended'));
      signal(name, scope);
    };
    clock.advance(1000);
    expect(intended).toEqual([true, true]);
  });

  it('is killed after the grace when it ignores the stop signal', async () => {
    const { host, clock, log, detector, result } = begin();
    clock.advance(20_000);
    detector.findings = [finding];
    clock.advance(1000 + PROFILE_POLICIES.standard.stop.graceMs);
    expect(host.last.orders.at(-1)).toBe('kill');
    empty(host.last);
    await result;
    const actions = log.of('action.intended').map((event) => event.payload.action);
    expect(actions).toEqual(['AUTO_STOP', 'AUTO_KILL']);
    const outcomes = log.of('action.completed').map((event) => event.payload.outcome);
    expect(outcomes).toEqual(['failed', 'done']);
  });

  it('that cannot be emptied is reported with its survivors, never as stopped', async () => {
    const { host, clock, log, detector, result } = begin();
    clock.advance(20_000);
    detector.findings = [finding];
    clock.advance(60_000);
    expect(await result).toMatchObject({ exit: { type: 'exited', code: 125 }, survivors: [100] });
    expect(log.of('run.ended')[0]?.payload.survivors).toBe(1);
    expect(host.last.orders).toContain('kill');
  });

  it('is only told of in shadow: one incident, no signal, however long it lasts', () => {
    const { host, clock, log, detector, said } = begin({ policy: { rollout: 'shadow' } });
    detector.findings = [finding];
    clock.advance(3_600_000);
    expect(host.last.orders).toEqual([]);
    expect(log.of('incident.opened')).toHaveLength(1);
    expect(said).toHaveLength(1);
    expect(log.of('decision.made').length).toBeLessThan(70);
    expect(log.of('decision.made')[0]?.payload).toMatchObject({
      intended: 'stop',
      applied: 'alert',
      suppressedBy: 'shadow',
    });
  });

  it('that calms down closes its incident by itself', () => {
    const { clock, log, detector } = begin();
    detector.findings = [{ ...finding, severity: 'alert' }];
    clock.advance(5000);
    detector.findings = [];
    clock.advance(70_000);
    expect(log.of('incident.closed')[0]?.payload).toEqual({
      outcome: 'recovered by itself',
      exitReason: 'WATCHDOG_ALERT',
    });
  });

  it('is restarted where the policy says so, never before its tree is empty', async () => {
    const { host, clock, log, detector } = begin({ policy: { onRunaway: 'restart' } });
    clock.advance(20_000);
    detector.findings = [finding];
    clock.advance(2000);
    detector.findings = [];
    exit(host.last, 0);
    clock.advance(5000);
    expect(host.trees).toHaveLength(1);
    empty(host.last);
    clock.advance(60_000);
    expect(host.trees).toHaveLength(2);
    expect(log.of('restart.scheduled')).toHaveLength(1);
    expect(log.of('incident.closed')).toHaveLength(1);
  });
});

describe('a hard limit', () => {
  it('ends the run for good where a runaway would be restarted', async () => {
    const restart = { ...PROFILE_POLICIES.standard.restart, mode: 'on-intervention' as const };
    for (const policy of [{ onRunaway: 'restart' as const }, { restart }]) {
      const { host, clock, log, detector, result } = begin({ policy });
      detector.findings = [limit];
      clock.advance(1000);
      exit(host.last, 0);
      empty(host.last);
      expect((await result).conclusion.exitReason).toBe('SAFETY_LIMIT_EXCEEDED');
      expect(log.of('restart.scheduled')).toEqual([]);
      expect(host.trees).toHaveLength(1);
    }
  });
});

describe('what is said', () => {
  it('of a runaway that is acted on at once is one line', () => {
    for (const [onRunaway, word] of [
      ['stop', 'stopping'],
      ['restart', 'restarting'],
      ['pause', 'paused'],
    ] as const) {
      const { clock, detector, said } = begin({ policy: { onRunaway } });
      clock.advance(20_000);
      detector.findings = [finding];
      clock.advance(1000);
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(`${word}: 7-line cycle, 212 times`);
    }
  });
});

describe('the user’s own limit', () => {
  it('is stopped at the end of its time though it is paused', async () => {
    const { clock, host, result, supervisor } = begin({ policy: withinTenSeconds });
    clock.advance(2000);
    supervisor.post({ type: 'pause', order: person });
    clock.advance(9000);
    empty(host.last);
    expect((await result).conclusion.exitReason).toBe('SAFETY_LIMIT_EXCEEDED');
  });

  it('is stopped at the end of its time though it waits for its next attempt', async () => {
    const restart = { ...PROFILE_POLICIES.standard.restart, mode: 'on-failure' as const };
    const slow = { ...restart, backoffMinMs: 60_000, backoffMaxMs: 60_000 };
    const { clock, host, result } = begin({ policy: { ...withinTenSeconds, restart: slow } });
    clock.advance(2000);
    exit(host.last, 1);
    empty(host.last);
    clock.advance(9000);
    const { conclusion, durationMs, attempts } = await result;
    expect(conclusion.exitReason).toBe('SAFETY_LIMIT_EXCEEDED');
    expect({ attempts, isInTime: durationMs < 10_500 }).toEqual({ attempts: 1, isInTime: true });
  });

  it('has one budget for all its attempts', async () => {
    const restart = { ...PROFILE_POLICIES.standard.restart, mode: 'on-failure' as const };
    const quick = { ...restart, backoffMinMs: 100, backoffMaxMs: 400 };
    const { clock, host, result } = begin({ policy: { ...withinTenSeconds, restart: quick } });
    for (let attempt = 0; attempt < 3; attempt++) {
      clock.advance(3000);
      exit(host.last, 1);
      empty(host.last);
      clock.advance(500);
      if (host.trees.length > attempt + 1) spawned(host.last);
    }
    clock.advance(3000);
    empty(host.last);
    expect((await result).conclusion.exitReason).toBe('SAFETY_LIMIT_EXCEEDED');
  });
});

describe('orders', () => {
  it('by the thousand to restart make one process', () => {
    const { host, clock, supervisor } = begin();
    for (let i = 0; i < 1000; i++) supervisor.post({ type: 'restart', order: person });
    exit(host.last, 0);
    empty(host.last);
    clock.advance(1000);
    expect(host.trees).toHaveLength(2);
  });

  it('of the policy to pause is said with the way on, and not given again to who has let it go on', () => {
    const policy = { onRunaway: 'pause' as const };
    const { host, clock, detector, supervisor, said, log } = begin({ policy });
    clock.advance(60_000);
    detector.findings = [finding];
    clock.advance(1000);
    expect(supervisor.status().phase).toBe('paused');
    expect(said.at(-1)).toBe('paused: 7-line cycle, 212 times; go on with: flowforge resume run_1');
    supervisor.post({ type: 'resume', order: person });
    clock.advance(5000);
    expect(supervisor.status().phase).toBe('running');
    expect(host.last.orders.filter((order) => order === 'SIGSTOP tree')).toHaveLength(1);
    const held = log.of('decision.made').map(({ payload }) => payload.suppressedBy);
    expect(held.at(-1)).toBe('resumed-by-person');
  });

  it('to pause and resume are answered by SIGSTOP and SIGCONT, and a paused run is not judged', () => {
    const { host, clock, supervisor, detector, log } = begin();
    supervisor.post({ type: 'pause', order: person });
    detector.findings = [finding];
    clock.advance(60_000);
    expect(host.last.orders).toEqual(['SIGSTOP tree']);
    detector.findings = [];
    supervisor.post({ type: 'resume', order: person });
    expect(host.last.orders.at(-1)).toBe('SIGCONT tree');
    expect(log.types).toContain('run.paused');
    expect(log.types).toContain('run.resumed');
  });
});

describe('what is recorded', () => {
  it('has gone through redaction, wherever the text stood', async () => {
    const redact = (text: string) => text.replaceAll('hunter2', '[redacted]');
    const { host, clock, log, detector, result } = begin({ redact });
    clock.advance(20_000);
    host.last.print('password is hunter2\n');
    detector.findings = [
      { ...finding, summary: 'saw hunter2', evidence: { sampleLines: ['hunter2'] } },
    ];
    clock.advance(1000);
    exit(host.last, 0);
    empty(host.last);
    await result;
    expect(JSON.stringify(log.events)).not.toContain('hunter2');
    expect(log.of('tree.frozen')[0]?.payload.lastLines).toEqual(['password is [redacted]']);
  });

  it('does not end the guard when the store loses it, and says so once, and when it is over', async () => {
    const { host, clock, log, result, said } = begin();
    log.outcome = 'lost';
    clock.advance(5000);
    expect(said).toEqual(['the disk is full']);
    log.outcome = 'stored';
    clock.advance(2000);
    expect(said).toHaveLength(2);
    log.outcome = 'lost';
    exit(host.last, 0);
    empty(host.last);
    expect(await result).toMatchObject({ exit: { code: 0 } });
  });
});
