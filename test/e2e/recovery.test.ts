import { describe, expect, it } from 'vitest';
import { CHILDREN, createWorld } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

interface Incident {
  readonly run_id: string;
  readonly exit_reason: string;
  readonly status: string;
  readonly actions: readonly { action: string; actor: string; outcome: string }[];
}

describe('a run whose supervisor was killed', () => {
  it('is swept and closed at the next start, once, even when two start at the same time', async () => {
    const world = createWorld();
    const mark = `mark-${process.pid}-${performance.now()}`;
    const lost = world.start(['run', '--', 'python3', `${CHILDREN}/leaks.py`, mark]);
    await lost.seen('leaked');
    lost.child.kill('SIGKILL');
    await lost.finished.catch(() => {});

    const starts = await Promise.all([
      world.run('run', '--', 'true'),
      world.run('run', '--', 'true'),
    ]);
    expect(starts.map(({ code }) => code)).toEqual([0, 0]);
    await until(() => processesWith(mark).length === 0, 'nothing of the lost run is left');

    const incidents = await world.json<Incident[]>('incidents');
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ exit_reason: 'SUPERVISOR_LOST', status: 'closed' });
    expect(incidents[0]?.actions).toMatchObject([
      { action: 'ORPHAN_REAPED', actor: 'recovery', outcome: 'done' },
    ]);
    const third = await world.run('run', '--', 'true');
    expect(third.stderr).toBe('');
    expect(await world.json<Incident[]>('incidents')).toHaveLength(1);
  });

  it('leaves the runs of living supervisors alone', async () => {
    const world = createWorld();
    const alive = world.start(['run', '--', 'sh', '-c', 'echo up; sleep 60']);
    await alive.seen('up');
    await world.run('run', '--', 'true');
    expect(await world.json('incidents')).toEqual([]);
    const [run] = await world.json<{ runId: string; phase: string }[]>('status');
    expect(run?.phase).toBe('running');
    alive.child.kill('SIGTERM');
    expect((await alive.finished).signal).toBe('SIGTERM');
  });
});
