import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHILDREN, createWorld, DEMO, type Finished, type World } from '../support/flowforge.ts';

const WORKLOADS = resolve(CHILDREN, '../workloads');
const SECONDS = '20';

interface Decision {
  readonly event_type: string;
  readonly timestamp: string;
  readonly evidence: { readonly applied?: string };
}

/** All at once: real machines are busy, and what is busy elsewhere must not change a verdict. */
const guardAll = (world: World, commands: readonly (readonly string[])[], profile: string) =>
  Promise.all(commands.map((it) => world.run('run', '--profile', profile, '--', ...it)));

describe('healthy work that looks suspicious', () => {
  it.each(['heavy', 'standard'])('is not stopped at profile %s', async (profile) => {
    const world = createWorld();
    const healthy = (family: string) => [
      'python3',
      join(WORKLOADS, 'healthy.py'),
      family,
      '1',
      SECONDS,
    ];
    const work = [
      healthy('epochs'),
      healthy('file_batch'),
      ['sh', join(WORKLOADS, 'healthy.sh'), 'compile', '1', SECONDS],
      healthy('heartbeat_idle'),
      healthy('shards_then_silent'),
    ];
    const ends = await guardAll(world, work, profile);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    const decisions = await world.json<Decision[]>(
      'timeline',
      '--type',
      'decision',
      '--limit',
      '500',
    );
    expect(decisions.filter(({ evidence }) => evidence.applied === 'stop')).toEqual([]);
  });
});

describe('a runaway', () => {
  const cycle = (...args: string[]) => ['python3', join(CHILDREN, 'cycle.py'), ...args];

  it('is stopped inside a shell, and as a cycle of 2, 4 and 7 lines with changing times and ids', async () => {
    const world = createWorld();
    const shell = ['sh', '-c', `python3 ${join(DEMO, 'runaway.py')}; true`];
    const ends = await guardAll(world, [shell, cycle('2'), cycle('4'), cycle('7')], 'standard');
    expect(ends.map(({ code }: Finished) => code)).toEqual([124, 124, 124, 124]);
  });

  it('is found as fast after 20 s of idling as from the start', async () => {
    const afterMs = async (idleSeconds: string): Promise<number> => {
      const world = createWorld();
      const { code } = await world.run(
        'run',
        '--profile',
        'heavy',
        '--',
        ...cycle('2', idleSeconds),
      );
      expect(code).toBe(124);
      const story = await world.json<Decision[]>('timeline', '--limit', '500');
      const at = (isIt: (item: Decision) => boolean) =>
        Date.parse(story.find(isIt)?.timestamp ?? '');
      const beganMs =
        at(({ event_type }) => event_type === 'attempt.started') + Number(idleSeconds) * 1000;
      return at(({ evidence }) => evidence.applied === 'stop') - beganMs;
    };
    const [fromStart, afterIdling] = await Promise.all([afterMs('0'), afterMs('20')]);
    expect(afterIdling).toBeLessThan(1.5 * fromStart + 2000);
  });
});
