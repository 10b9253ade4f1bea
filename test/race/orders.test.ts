// Orders over HTTP with the same Idempotency-Key, asked at the same instant: done once, answered alike, and tried
// again where the first try failed.

import type fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OnceOnly } from '../../src/api/once.ts';
import { monotonicMs } from '../../src/core/time.ts';
import { ForgetfulOnce } from '../fixtures/races/forgetful-once.ts';
import { breaks, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

type Once = Pick<OnceOnly<number>, 'ask'>;

const CLIENTS = ['a', 'b', 'c', 'd'] as const;

const doneOnce =
  (create: (scheduler: fc.Scheduler) => Once, failures: number) =>
  async (scheduler: fc.Scheduler) => {
    const once = create(scheduler);
    let tries = 0;
    let done = 0;
    const work = async (): Promise<number> => {
      const turn = ++tries;
      await scheduler.schedule(Promise.resolve(), 'the order is carried out');
      if (turn <= failures) throw new Error('not this time');
      return ++done;
    };
    const answers: number[] = [];
    const ask = (question: string) => async (): Promise<void> => {
      const asked = once.ask('key', { question, now: monotonicMs(0) }, work);
      await asked.then(
        ({ answer }) => answers.push(answer),
        () => {},
      );
    };
    await interleave(
      scheduler,
      CLIENTS.map((name) => [
        [`${name} asks`, ask('stop run_1')],
        [`${name} asks again`, ask('stop run_1')],
      ]),
    );
    expect(done).toBeLessThanOrEqual(1);
    expect(tries).toBeLessThanOrEqual(failures + 1);
    expect(new Set(answers).size).toBeLessThanOrEqual(1);
    // The second question of each comes when its first is answered: at the latest then it is done.
    expect(done).toBe(1);
  };

describe('orders with one Idempotency-Key', () => {
  it(
    'are carried out once, in whatever order they meet',
    () => holds(doneOnce(() => new OnceOnly<number>(), 0)),
    TIMEOUT_MS,
  );

  it(
    'are tried again after a failure, and then once',
    () => holds(doneOnce(() => new OnceOnly<number>(), 1)),
    TIMEOUT_MS,
  );

  it('are done twice by one that looks before it remembers, and that is found', async () => {
    const forgetful = (scheduler: fc.Scheduler) =>
      new ForgetfulOnce<number>(() => scheduler.schedule(Promise.resolve(), 'it looks'));
    expect(await breaks(doneOnce(forgetful, 0))).toBe(true);
  });
});
