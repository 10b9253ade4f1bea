import { describe, expect, it } from 'vitest';
import type { LiveOutput } from '../contract/stream.ts';
import type { ControlOutput, ControlStatus } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';
import type { RunControl } from '../ports.ts';
import { type Follower, OutputTeller } from './live-output.ts';

const NOBODY = { answering: [], silent: [] };

/** A run that has printed so many lines in an attempt, of which it still has the last `kept`. */
function aRun() {
  const now = { attempt: 1, count: 0, kept: 10 };
  const asked: number[] = [];
  const runs: RunControl = {
    list: async () => NOBODY,
    ask: async (_, { after = 0 }) => {
      asked.push(after);
      const first = Math.min(Math.max(after, now.count - now.kept), now.count) + 1;
      const lines = Array.from({ length: now.count - first + 1 }, (_line, n) => `${first + n}`);
      const output: ControlOutput = { attempt: now.attempt, first, lines, skippedBytes: 0 };
      return { version: 1, ok: true, status: {} as ControlStatus, output };
    },
  };
  return { now, asked, teller: new OutputTeller(runs) };
}

function aFollower(runId = 'run_1') {
  const heard: LiveOutput[] = [];
  const follower: Follower = { runId, place: null, hear: (output) => heard.push(output) };
  return { follower, lines: () => heard.flatMap(({ lines }) => lines), heard };
}

describe('who follows the output of a run', () => {
  it('hears each line once, and one who comes later hears what is still there', async () => {
    const { now, asked, teller } = aRun();
    const early = aFollower();
    const late = aFollower();
    now.count = 3;
    await teller.tell([early.follower]);
    now.count = 5;
    await teller.tell([early.follower, late.follower]);
    now.count = 6;
    await teller.tell([early.follower, late.follower]);
    await teller.tell([early.follower, late.follower]);
    expect(early.lines()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(late.lines()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(asked).toEqual([0, 0, 5, 6]);
    expect(early.heard.every(({ missing }) => missing === 0)).toBe(true);
  });

  it('is told how many lines there were between that were not kept', async () => {
    const { now, teller } = aRun();
    const { follower, heard } = aFollower();
    now.count = 100;
    await teller.tell([follower]);
    expect(heard[0]).toMatchObject({ first: 91, missing: 0 });
    now.count = 150;
    await teller.tell([follower]);
    expect(heard[1]).toMatchObject({ first: 141, missing: 40 });
  });

  it('hears the next attempt from its first line', async () => {
    const { now, teller } = aRun();
    const { follower, heard } = aFollower();
    now.count = 8;
    await teller.tell([follower]);
    Object.assign(now, { attempt: 2, count: 9 });
    await teller.tell([follower]);
    await teller.tell([follower]);
    expect(heard.at(-1)).toMatchObject({ attempt: 2, first: 1, missing: 0 });
    expect(heard.at(-1)?.lines).toHaveLength(9);
  });

  it('hears nothing of a run that is gone', async () => {
    const { follower, heard } = aFollower();
    const gone: RunControl = { list: async () => NOBODY, ask: async () => 'gone' };
    await new OutputTeller(gone).tell([follower]);
    const failing: RunControl = { ...gone, ask: () => Promise.reject(new Error('no socket')) };
    await new OutputTeller(failing).tell([follower]);
    expect(heard).toEqual([]);
  });

  it('does not wait for another run that does not answer, and that one is asked once at a time', async () => {
    const waits: (number | undefined)[] = [];
    let answer = (_: 'silent'): void => {};
    const silence = new Promise<'silent'>((resolve) => {
      answer = resolve;
    });
    const output: ControlOutput = { attempt: 1, first: 1, lines: ['a line'], skippedBytes: 0 };
    const teller = new OutputTeller({
      list: async () => NOBODY,
      ask: (runId, _, withinMs) => {
        if (runId === 'run_1')
          return Promise.resolve({ version: 1, ok: true, status: {} as ControlStatus, output });
        waits.push(withinMs);
        return silence;
      },
    });
    const stopped = aFollower('run_2');
    const first = teller.tell([stopped.follower]);
    const lively = aFollower('run_1');
    await teller.tell([lively.follower, stopped.follower]);
    expect(lively.lines()).toEqual(['a line']);
    expect(waits).toEqual([LIMITS.controlStatusMs]);
    answer('silent');
    await first;
    await teller.tell([stopped.follower]);
    expect(waits).toHaveLength(2);
  });
});
