import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROFILE_POLICIES } from '../policy/policy.ts';
import type { ExitStatus } from '../run.ts';
import { later, type MonotonicMs, monotonicMs } from '../time.ts';
import type { Effect } from './effect.ts';
import { exitStatusOf } from './exit-code.ts';
import type { Input } from './input.ts';
import { type Order, ownOrder, stopAudit } from './order.ts';
import { NO_RESTARTS } from './restart-budget.ts';
import { initialState, type LifecycleState } from './state.ts';
import { transition } from './transition.ts';

const { stop, restart } = PROFILE_POLICIES.standard;
const policy = { stop, restart };
const person: Order = {
  ...ownOrder('enough', 'USER_TERMINATED'),
  actor: 'operator',
  audit: stopAudit('operator'),
};
const finding: Order = ownOrder('7-line cycle', 'LOOP_DETECTED');
const failed: ExitStatus = { type: 'exited', code: 3 };
const emptied: Input = { type: 'emptied', proof: 'echild' };

/** Plays inputs one after the other, a second apart. */
function play(inputs: readonly Input[], over: Partial<typeof policy> = {}) {
  let state: LifecycleState = initialState(NO_RESTARTS);
  let now: MonotonicMs = monotonicMs(0);
  const effects: Effect[] = [];
  for (const input of inputs) {
    now = later(now, 1000);
    const around = { now, random: 0.5, policy: { ...policy, ...over } };
    const [next, wanted] = transition(state, input, around);
    state = next;
    effects.push(...wanted);
  }
  return { state, effects, types: effects.map((effect) => effect.type) };
}

const running: Input[] = [{ type: 'start' }, { type: 'spawned' }];

describe('the lifecycle', () => {
  it('ends with the exit of a command that ends by itself and leaves nothing', () => {
    const { state } = play([...running, { type: 'leader-exited', exit: failed }, emptied]);
    expect(state).toMatchObject({
      phase: 'ended',
      conclusion: { exitReason: 'COMMAND_FAILURE', exit: failed, order: null },
    });
  });

  it('records the intent before the first signal and the outcome after the tree is empty', () => {
    const { types } = play([...running, { type: 'stop', order: finding }, emptied]);
    expect(types.filter((type) => type !== 'disarm')).toEqual([
      'spawn',
      'intend',
      'freeze',
      'signal',
      'signal',
      'arm',
      'complete',
      'record-attempt-ended',
      'conclude',
    ]);
  });

  it('continues a stopped tree after the stop signal, so that it can act on it', () => {
    const { effects } = play([...running, { type: 'stop', order: finding }]);
    const signals = effects.flatMap((effect) => (effect.type === 'signal' ? [effect.signal] : []));
    expect(signals).toEqual(['SIGTERM', 'SIGCONT']);
  });

  it('ends a paused tree at Ctrl-C: stopped as it is, it could make nothing of it', () => {
    const interrupt: Order = { ...person, signal: 'SIGINT' };
    const { state, effects } = play([
      ...running,
      { type: 'pause', order: person },
      { type: 'interrupt', order: interrupt },
    ]);
    expect(state).toMatchObject({ phase: 'stopping', wanted: 'down', order: interrupt });
    const signals = effects.flatMap((effect) => (effect.type === 'signal' ? [effect.signal] : []));
    expect(signals).toEqual(['SIGSTOP', 'SIGINT', 'SIGCONT']);
  });

  it('kills after the grace, and says so as an intent of its own', () => {
    const inputs: Input[] = [...running, { type: 'stop', order: finding }, { type: 'deadline' }];
    const { state, effects } = play(inputs);
    expect(state.phase).toBe('killing');
    expect(effects).toContainEqual({ type: 'intend', action: 'AUTO_KILL', order: finding });
  });

  it('is forced by a person who orders a stop twice, not by FlowForge repeating itself', () => {
    const once: Input[] = [...running, { type: 'stop', order: finding }];
    expect(play([...once, { type: 'stop', order: finding }]).state.phase).toBe('stopping');
    expect(play([...once, { type: 'stop', order: person }]).state.phase).toBe('killing');
  });

  it('keeps the first reason for a stop, whatever comes after it', () => {
    const { state } = play([
      ...running,
      { type: 'stop', order: finding },
      { type: 'stop', order: person },
      { type: 'leader-exited', exit: { type: 'signaled', signal: 'SIGKILL' } },
      emptied,
    ]);
    expect(state).toMatchObject({ conclusion: { exitReason: 'LOOP_DETECTED', order: finding } });
  });

  it('waits for the reader of the output once nobody is left, until a person has had enough', () => {
    const exit: ExitStatus = { type: 'exited', code: 0 };
    const left: Input[] = [...running, { type: 'leader-exited', exit }, { type: 'vacated' }];
    const { state } = play([...left, { type: 'deadline' }]);
    expect(state.phase).toBe('draining');
    const { types, state: hurried } = play([...left, { type: 'stop', order: person }, emptied]);
    expect(types).toContain('kill');
    expect(hurried).toMatchObject({ conclusion: { exitReason: 'COMPLETED', exit } });
  });

  it('stops what a leader left behind, and still reports the leader’s own exit', () => {
    const exit: ExitStatus = { type: 'exited', code: 0 };
    const left: Input[] = [...running, { type: 'leader-exited', exit }, { type: 'deadline' }];
    const { state, types } = play(left);
    expect(state.phase).toBe('stopping');
    expect(types).toContain('intend');
    expect(play([...left, emptied]).state).toMatchObject({
      conclusion: { exitReason: 'COMPLETED', exit },
    });
  });

  it('lets background processes go where the policy says so', () => {
    const exit: ExitStatus = { type: 'exited', code: 0 };
    const left: Input[] = [...running, { type: 'leader-exited', exit }, { type: 'deadline' }];
    const { state, types } = play(left, { stop: { ...stop, leaveBackground: true } });
    expect(types).toContain('release');
    expect(state.phase).toBe('ended');
  });

  it('reports a tree that cannot be emptied as such, never as stopped', () => {
    const { state, effects } = play([
      ...running,
      { type: 'stop', order: finding },
      { type: 'deadline' },
      { type: 'deadline' },
    ]);
    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'complete', outcome: 'failed' }),
    );
    expect(state).toMatchObject({ phase: 'ended', conclusion: { proof: null } });
    if (state.phase === 'ended')
      expect(exitStatusOf(state.conclusion)).toEqual({ type: 'exited', code: 125 });
  });

  it('passes an interrupt on without stopping, and ends as the child ends', () => {
    const order: Order = { ...person, signal: 'SIGINT', reason: 'Ctrl-C' };
    const exit: ExitStatus = { type: 'signaled', signal: 'SIGINT' };
    const inputs: Input[] = [...running, { type: 'interrupt', order }];
    expect(play(inputs).state.phase).toBe('running');
    const { state } = play([...inputs, { type: 'leader-exited', exit }, emptied]);
    expect(state).toMatchObject({ conclusion: { exitReason: 'USER_TERMINATED' } });
    if (state.phase === 'ended') expect(exitStatusOf(state.conclusion)).toEqual(exit);
  });

  it('forwards a message to the leader alone, and that is all', () => {
    const { state, effects } = play([...running, { type: 'forward', signal: 'SIGUSR1' }]);
    expect(state.phase).toBe('running');
    expect(effects.at(-1)).toEqual({ type: 'signal', signal: 'SIGUSR1', scope: 'leader' });
  });

  it('restarts on failure within the budget, and then says that it is used up', () => {
    const crash: Input[] = [
      { type: 'spawned' },
      { type: 'leader-exited', exit: failed },
      emptied,
      { type: 'deadline' },
    ];
    const over = { restart: { ...restart, mode: 'on-failure' as const, maxRestarts: 2 } };
    const { state, types } = play([{ type: 'start' }, ...crash, ...crash, ...crash], over);
    expect(types.filter((type) => type === 'spawn')).toHaveLength(3);
    expect(state).toMatchObject({ conclusion: { exitReason: 'RESTART_BUDGET_EXHAUSTED' } });
  });

  it('never restarts after a clean exit, 126 or 127', () => {
    const over = { restart: { ...restart, mode: 'on-failure' as const } };
    for (const code of [0, 126, 127]) {
      const exit: ExitStatus = { type: 'exited', code };
      const { state } = play([...running, { type: 'leader-exited', exit }, emptied], over);
      expect(state.phase).toBe('ended');
    }
  });

  it('refuses a person’s restart beyond the budget while the attempt still runs', () => {
    const over = { restart: { ...restart, maxRestarts: 0 } };
    const { state, types } = play([...running, { type: 'restart', order: person }], over);
    expect(state.phase).toBe('running');
    expect(types).toContain('note');
  });

  it('pauses and resumes by SIGSTOP and SIGCONT, and stops from a pause', () => {
    const paused: Input[] = [...running, { type: 'pause', order: person }];
    expect(play(paused).effects).toContainEqual({
      type: 'signal',
      signal: 'SIGSTOP',
      scope: 'tree',
    });
    expect(play([...paused, { type: 'resume', order: person }]).state.phase).toBe('running');
    expect(play([...paused, { type: 'stop', order: person }]).state.phase).toBe('stopping');
  });
});

const anyInput: fc.Arbitrary<Input> = fc.oneof(
  fc.constantFrom<Input>(
    { type: 'start' },
    { type: 'spawned' },
    { type: 'spawn-failed', failure: 'not-found', message: 'no' },
    { type: 'leader-exited', exit: failed },
    { type: 'leader-exited', exit: { type: 'exited', code: 0 } },
    { type: 'vacated' },
    emptied,
    { type: 'host-lost', message: 'gone' },
    { type: 'stop', order: finding },
    { type: 'stop', order: person },
    { type: 'restart', order: finding },
    { type: 'restart', order: person },
    { type: 'pause', order: person },
    { type: 'resume', order: person },
    { type: 'interrupt', order: person },
    { type: 'deadline' },
  ),
);

/** How often an effect of `counted` comes while something is open (or closed), as `opens` and `closes` tell. */
function count(
  effects: readonly Effect[],
  { opens, closes }: Record<'opens' | 'closes', readonly Effect['type'][]>,
  counted: readonly Effect['type'][],
  wanted: 'open' | 'closed',
): number {
  let isOpen = false;
  let hits = 0;
  for (const { type } of effects) {
    if (counted.includes(type) && isOpen === (wanted === 'open')) hits++;
    if (opens.includes(type)) isOpen = true;
    if (closes.includes(type)) isOpen = false;
  }
  return hits;
}

describe('whatever happens in whatever order', () => {
  it('never has two attempts alive: a spawn follows a spawn only after the tree was empty', () => {
    const ends: Effect['type'][] = ['record-attempt-ended', 'record-attempt-failed'];
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 80 }), (inputs) => {
        const { effects } = play([{ type: 'start' }, ...inputs]);
        expect(count(effects, { opens: ['spawn'], closes: ends }, ['spawn'], 'open')).toBe(0);
      }),
    );
  });

  it('never signals or kills without a recorded intent', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 80 }), (inputs) => {
        const { effects } = play([{ type: 'start' }, ...inputs]);
        const intents = { opens: ['intend', 'note'], closes: ['spawn'] } as const;
        const touching: Effect['type'][] = ['signal', 'kill'];
        expect(count(effects, intents, touching, 'closed')).toBe(0);
      }),
    );
  });

  it('reaches its end from anywhere, given a stop order and time', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
        const calm: Input[] = [
          { type: 'start' },
          { type: 'stop', order: person },
          { type: 'deadline' },
          { type: 'deadline' },
          { type: 'deadline' },
          emptied,
        ];
        expect(play([...inputs, ...calm]).state.phase).toBe('ended');
      }),
    );
  });

  it('never restarts more often than the budget allows', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 200 }), (inputs) => {
        const { types } = play([{ type: 'start' }, ...inputs]);
        const spawns = types.filter((type) => type === 'spawn').length;
        // All inputs fall within one window of the budget.
        expect(spawns).toBeLessThanOrEqual(1 + restart.maxRestarts);
      }),
    );
  });
});
