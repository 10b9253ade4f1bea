// Many real runs on one database at the same time, ordered about, restarted and killed: every run ends once, every
// intent has one outcome, the chain verifies, and nothing is left alive.

import { expect, it } from 'vitest';
import { CHILDREN, createWorld, type World } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';
import { RUNS, TIMEOUT_MS } from './interleavings.ts';

const JOBS = RUNS >= 10_000 ? 24 : 4;

interface Item {
  readonly event_type: string;
  readonly run_id: string;
  readonly evidence: { readonly intentId?: string };
}

async function itemsOf(world: World): Promise<Item[]> {
  const items: Item[] = [];
  const runs = await world.json<Item[]>('timeline', '--limit', '500');
  for (const id of new Set(runs.map(({ run_id }) => run_id))) {
    items.push(...(await world.json<Item[]>('timeline', '--run', id, '--limit', '500')));
  }
  return items;
}

it(
  `${JOBS} runs that are ordered about and killed at the same time leave whole evidence and nothing alive`,
  async () => {
    const world = createWorld();
    const mark = `stress-${process.pid}-${performance.now()}`;
    const flags = ['--grace', '100ms', '--restart', 'on-failure', '--max-restarts', '1'];
    const jobs = Array.from({ length: JOBS }, (_, i) => {
      const leaks = ['python3', `${CHILDREN}/leaks.py`, mark, '30'];
      return world.start(['run', '--name', `job-${i}`, ...flags, '--', ...leaks]);
    });
    await Promise.all(jobs.map(({ seen }) => seen('leaked')));
    const orders = jobs.flatMap((job, i) => {
      if (i % 4 === 3) {
        job.child.kill('SIGKILL');
        return [];
      }
      const verbs = [['stop'], ['pause', 'stop'], ['restart', 'stop']][i % 4] ?? ['stop'];
      return verbs.map((verb) => world.run(verb, `job-${i}`, '--reason', 'stress'));
    });
    await Promise.all(orders);
    // A stop may have lost against a restart: whoever is left is told again.
    await Promise.all(
      jobs.map(async ({ child, finished }) => {
        child.kill('SIGTERM');
        await finished;
      }),
    );
    expect((await world.run('run', '--', 'true')).code).toBe(0);
    await until(() => processesWith(mark).length === 0, 'nothing is left of any run');

    const items = await itemsOf(world);
    const ids = (type: string): string[] =>
      items.filter((it) => it.event_type === type).map((it) => it.run_id);
    expect(ids('run.started')).toHaveLength(JOBS + 1);
    expect(ids('run.ended').sort()).toEqual(ids('run.started').sort());
    const intents = (type: string): (string | undefined)[] =>
      items.filter((it) => it.event_type === type).map((it) => it.evidence.intentId);
    expect(intents('action.intended').length).toBeGreaterThan(0);
    expect(intents('action.completed').sort()).toEqual(intents('action.intended').sort());
    expect((await world.run('evidence', 'verify', '--db')).code).toBe(0);
  },
  TIMEOUT_MS,
);
