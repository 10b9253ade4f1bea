import { describe, expect, it } from 'vitest';
import type { LiveOutput } from '../contract/stream.ts';
import type { ControlOutput, ControlStatus } from '../core/control.ts';
import type { RunControl } from '../ports.ts';
import { type Follower, tellOutput } from './live-output.ts';

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
  return { now, asked, runs };
}

function aFollower(runId = 'run_1') {
  const heard: LiveOutput[] = [];
  const follower: Follower = { runId, place: null, hear: (output) => heard.push(output) };
  return { follower, lines: () => heard.flatMap(({ lines }) => lines), heard };
}

describe('who follows the output of a run', () => {
  it('hears each line once, and one who comes later hears what is still there', async () => {
    const { now, asked, runs } = aRun();
    const early = aFollower();
    const late = aFollower();
    now.count = 3;
    await tellOutput(runs, [early.follower]);
    now.count = 5;
    await tellOutput(runs, [early.follower, late.follower]);
    now.count = 6;
    await tellOutput(runs, [early.follower, late.follower]);
    await tellOutput(runs, [early.follower, late.follower]);
    expect(early.lines()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(late.lines()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(asked).toEqual([0, 0, 5, 6]);
    expect(early.heard.every(({ missing }) => missing === 0)).toBe(true);
  });

  it('is told how many lines there were between that were not kept', async () => {
    const { now, runs } = aRun();
    const { follower, heard } = aFollower();
    now.count = 100;
    await tellOutput(runs, [follower]);
    expect(heard[0]).toMatchObject({ first: 91, missing: 0 });
    now.count = 150;
    await tellOutput(runs, [follower]);
    expect(heard[1]).toMatchObject({ first: 141, missing: 40 });
  });

  it('hears the next attempt from its first line', async () => {
    const { now, runs } = aRun();
    const { follower, heard } = aFollower();
    now.count = 8;
    await tellOutput(runs, [follower]);
    Object.assign(now, { attempt: 2, count: 9 });
    await tellOutput(runs, [follower]);
    await tellOutput(runs, [follower]);
    expect(heard.at(-1)).toMatchObject({ attempt: 2, first: 1, missing: 0 });
    expect(heard.at(-1)?.lines).toHaveLength(9);
  });

  it('hears nothing of a run that is gone', async () => {
    const { follower, heard } = aFollower();
    const gone: RunControl = { list: async () => NOBODY, ask: async () => 'gone' };
    await tellOutput(gone, [follower]);
    const failing: RunControl = { ...gone, ask: () => Promise.reject(new Error('no socket')) };
    await tellOutput(failing, [follower]);
    expect(heard).toEqual([]);
  });
});
