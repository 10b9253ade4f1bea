// Every order in which facts of the tree and orders of people can meet in one supervisor: whatever it is, the run
// ends once, every intent has one outcome, and nothing is recorded after the end.
//   RACE_RUNS=10000 npm run test:race      more interleavings; a failure prints its seed

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownOrder } from '../../src/core/lifecycle/order.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { TreeFact } from '../../src/ports.ts';
import { Mailbox } from '../../src/supervisor/mailbox.ts';
import { buildSupervisor } from '../support/build-supervisor.ts';
import { RUNS, SEED, TIMEOUT_MS } from './interleavings.ts';

type World = ReturnType<typeof buildSupervisor>;
type Actor = readonly (readonly [string, (world: World) => void])[];

const tell =
  (fact: TreeFact) =>
  ({ host }: World): void =>
    host.last.tell(fact);
const stop = ({ supervisor }: World): void =>
  supervisor.post({ type: 'stop', order: ownOrder('asked', 'USER_TERMINATED') });

/** The tree ends by itself, in the only order in which a tree can. */
const TREE: Actor = [
  ['leader exits', tell({ type: 'leader-exited', exit: { type: 'exited', code: 0 } })],
  ['tree is vacated', tell({ type: 'vacated' })],
  ['tree is empty', tell({ type: 'emptied', proof: 'echild' })],
];
const PERSON: Actor = [
  ['stop', stop],
  ['stop again', stop],
];
const OTHER_PERSON: Actor = [
  [
    'pause',
    ({ supervisor }) =>
      supervisor.post({ type: 'pause', order: ownOrder('asked', 'USER_TERMINATED') }),
  ],
  [
    'resume',
    ({ supervisor }) =>
      supervisor.post({ type: 'resume', order: ownOrder('asked', 'USER_TERMINATED') }),
  ],
  ['stop as well', stop],
];
const TIME: Actor = [
  ['a second', ({ clock }) => clock.advance(1_000)],
  ['the grace', ({ clock }) => clock.advance(11_000)],
];

async function play(
  world: World,
  scheduler: fc.Scheduler,
  actors: readonly Actor[],
): Promise<void> {
  const acting = actors.map(async (actor) => {
    for (const [label, act] of actor) {
      await scheduler.schedule(Promise.resolve(), label);
      act(world);
    }
  });
  await scheduler.waitFor(Promise.all(acting));
}

describe('a supervisor', () => {
  it(
    'ends a run once, with one outcome for every intent, in whatever order stop and exit meet',
    async () => {
      const orders = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const world = buildSupervisor();
          let ends = 0;
          void world.supervisor.run().then(() => ends++);
          tell({ type: 'spawned', pid: 100, startTicks: 1 })(world);
          await play(world, scheduler, [TREE, PERSON, OTHER_PERSON, TIME]);
          world.clock.advance(LIMITS.emptyWaitMs + 60_000);
          await Promise.resolve();

          const { log } = world;
          orders.add(log.types.join(' '));
          expect(ends).toBe(1);
          expect(log.of('run.ended')).toHaveLength(1);
          expect(log.of('attempt.ended')).toHaveLength(1);
          // An order that comes too late is noted; nothing else happens to a run that has ended.
          const late = log.types.slice(log.types.indexOf('run.ended') + 1);
          expect(late.filter((type) => type !== 'audit.noted')).toEqual([]);
          const intended = log.of('action.intended').map(({ payload }) => payload.intentId);
          const completed = log.of('action.completed').map(({ payload }) => payload.intentId);
          expect([...completed].sort()).toEqual([...intended].sort());
        }),
        { numRuns: RUNS, seed: SEED },
      );
      // Had the interleavings all been the same, nothing would have been tried.
      expect(orders.size).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );
});

describe('a mailbox', () => {
  it(
    'answers one input at a time, in the order they came, whoever posts while it answers',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const posted: string[] = [];
          const answered: string[] = [];
          let depth = 0;
          const mailbox = new Mailbox<string>((input) => {
            expect(++depth).toBe(1);
            answered.push(input);
            if (!input.includes('echo')) post(`${input} echo`);
            depth--;
          });
          const post = (input: string): void => {
            posted.push(input);
            mailbox.post(input);
          };
          const actors = ['a', 'b', 'c'].map(async (name) => {
            for (let i = 0; i < 3; i++) {
              await scheduler.schedule(Promise.resolve(), name);
              post(`${name}${i}`);
            }
          });
          await scheduler.waitFor(Promise.all(actors));
          expect(answered).toEqual(posted);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    TIMEOUT_MS,
  );
});

describe('the interleavings', () => {
  it('find a race that was planted: a check and an act with a wait between them', async () => {
    const planted = async (scheduler: fc.Scheduler): Promise<number> => {
      let restarts = 0;
      const restart = async (): Promise<void> => {
        const isAllowed = restarts < 1;
        await scheduler.schedule(Promise.resolve(), 'budget is read');
        if (isAllowed) restarts++;
      };
      await scheduler.waitFor(Promise.all([restart(), restart()]));
      return restarts;
    };
    const found = await fc.check(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => (await planted(scheduler)) <= 1),
      { numRuns: RUNS, seed: SEED },
    );
    expect(found.failed).toBe(true);
  });
});
