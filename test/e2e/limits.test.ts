import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHILDREN, createWorld, type Finished, type World } from '../support/flowforge.ts';

const WORKLOADS = resolve(CHILDREN, '../workloads');

interface Ended {
  readonly exitReason: string;
  readonly durationMs: number;
  readonly rssPeakBytes: number;
  readonly outputBytes: number;
}

/** How the only run of a world ended: its end and its attempt's. */
async function ending(world: World): Promise<Ended> {
  const items = await world.json<{ event_type: string; evidence: Ended }[]>('timeline');
  const of = (type: string) => items.find(({ event_type }) => event_type === type)?.evidence;
  return { ...of('attempt.ended'), ...of('run.ended') } as Ended;
}

async function guard(args: string[], options = {}): Promise<Finished & Ended> {
  const world = createWorld();
  const finished = await world.start(['run', ...args], options).finished;
  return { ...finished, ...(await ending(world)) };
}

describe('what eats the machine is stopped', () => {
  it('a leak, before it is 10 % over its limit', async () => {
    const leak =
      'import time\nkept = [bytearray(120_000_000)]\nwhile True:\n    kept.append(bytearray(800_000))\n    time.sleep(0.1)';
    const run = await guard(['--max-memory', '200MB', '--', 'python3', '-c', leak]);
    expect(run.code).toBe(124);
    expect(['LEAK_DETECTED', 'SAFETY_LIMIT_EXCEEDED']).toContain(run.exitReason);
    expect(run.rssPeakBytes).toBeLessThan(220e6);
  });

  it('a fork storm, soon after its doubling shows', async () => {
    const run = await guard(['--', 'sh', join(WORKLOADS, 'runaway.sh'), 'fork_growth', '1', '40']);
    expect(run).toMatchObject({ code: 124, exitReason: 'FORK_STORM_DETECTED' });
  });

  it('a flood of the same, by a gigabyte or so', async () => {
    const run = await guard(['--profile', 'heavy', '--', 'yes'], { discardOutput: true });
    expect(run.code).toBe(124);
    expect(['FLOOD_DETECTED', 'LOOP_DETECTED']).toContain(run.exitReason);
  });
});

describe('a pattern of progress', () => {
  it('that some line could make endless is refused before the command starts', async () => {
    const world = createWorld();
    const args = ['run', '--progress-regex', '(a+)+$', '--', 'echo', 'never'];
    const { code, stdout, stderr } = await world.start(args).finished;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('progress-regex');
    expect(stderr).toContain('bounded time');
  });
});

describe('the user’s own orders need no confidence', () => {
  it.each([
    ['a time', ['--max-time', '1s'], ['sleep', '30']],
    ['a CPU time', ['--max-cpu-time', '1s'], ['sh', '-c', 'while :; do :; done']],
    ['a silence', ['--max-silence', '1s'], ['sleep', '30']],
    [
      'an amount of output',
      ['--max-output', '1MB'],
      ['sh', '-c', 'yes | head -c 3000000; sleep 30'],
    ],
  ])('%s', async (_, limit, command) => {
    const run = await guard([...limit, '--', ...command]);
    expect(run.code).toBe(124);
    expect(run.exitReason).not.toBe('COMPLETED');
    expect(run.durationMs).toBeLessThan(12_000);
  });
});
