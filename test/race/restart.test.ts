// Failing attempts, orders to restart and to stop, and time: never two trees at once, never more restarts within the
// window than the budget allows, and one end.

import { expect, it } from 'vitest';
import { type Order, ownOrder } from '../../src/core/lifecycle/order.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { TreeFact } from '../../src/ports.ts';
import { buildSupervisor } from '../support/build-supervisor.ts';
import { type Actor, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

const BUDGET = 2;
const RESTART = {
  mode: 'on-failure',
  maxRestarts: BUDGET,
  windowMs: 600_000,
  backoffMinMs: 100,
  backoffMaxMs: 500,
  healthyAfterMs: 300_000,
} as const;

const person: Order = {
  ...ownOrder('asked', 'USER_TERMINATED'),
  actor: 'operator',
  audit: { ask: 'RESTART', force: 'KILL' },
};

/** The facts of a failing tree, one at a time; the next tree begins when the former is empty. */
const LIFE: readonly TreeFact[] = [
  { type: 'spawned', pid: 100, startTicks: 1 },
  { type: 'leader-exited', exit: { type: 'exited', code: 1 } },
  { type: 'vacated' },
  { type: 'emptied', proof: 'echild' },
];

function createScene() {
  const world = buildSupervisor({ policy: { restart: RESTART } });
  let tree = 0;
  let step = 0;
  let liveMax = 0;
  /** The newest tree goes on with its life. */
  const live = (): void => {
    liveMax = Math.max(liveMax, world.host.trees.length - tree);
    const fact = LIFE[step];
    const current = world.host.trees[tree];
    if (!current || !fact) return;
    step++;
    if (fact.type === 'emptied') {
      tree++;
      step = 0;
    }
    current.tell(fact);
  };
  return { world, live, liveMax: () => liveMax };
}

it(
  'restarts never overlap, never exceed the budget, and the run ends once',
  async () => {
    const counts = new Set<number>();
    await holds(async (scheduler) => {
      const { world, live, liveMax } = createScene();
      const { supervisor, clock, log, host } = world;
      let ends = 0;
      void supervisor.run().then(() => ends++);
      const lives: Actor = Array.from({ length: 12 }, (_, i) => [`life ${i}`, live] as const);
      const orders: Actor = [
        ['restart', () => supervisor.post({ type: 'restart', order: person })],
        ['restart again', () => supervisor.post({ type: 'restart', order: person })],
      ];
      const time: Actor = [
        ['the wait', () => clock.advance(1_000)],
        ['the grace', () => clock.advance(11_000)],
        ['the wait again', () => clock.advance(1_000)],
      ];
      await interleave(scheduler, [lives, orders, time]);
      supervisor.post({ type: 'stop', order: person });
      for (let i = 0; i < 20; i++) {
        clock.advance(1_000);
        live();
      }
      clock.advance(LIMITS.emptyWaitMs + 60_000);
      await Promise.resolve();

      expect(liveMax()).toBeLessThanOrEqual(1);
      const scheduled = log.of('restart.scheduled');
      expect(scheduled.length).toBeLessThanOrEqual(BUDGET);
      expect(host.trees.length).toBeLessThanOrEqual(1 + scheduled.length);
      expect(ends).toBe(1);
      expect(log.of('run.ended')).toHaveLength(1);
      const intended = log.of('action.intended').map(({ payload }) => payload.intentId);
      const completed = log.of('action.completed').map(({ payload }) => payload.intentId);
      expect([...completed].sort()).toEqual([...intended].sort());
      counts.add(host.trees.length);
    });
    // Had nothing ever been restarted, nothing would have been tried.
    expect(counts.size).toBeGreaterThan(1);
  },
  TIMEOUT_MS,
);
