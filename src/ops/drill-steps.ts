// The steps of a drill: each breaks FlowForge in one way, on real processes, and proves that nothing is left.

import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { askRun } from '../compose/runs.ts';
import { apiKill, apiProcessKilled, diskFull } from './drill-outside-steps.ts';
import { type Proven, prove, skipped } from './drill-proof.ts';
import {
  escapees,
  escapeesOut,
  newestRun,
  type Scene,
  shimOf,
  startAgain,
  startWorker,
} from './drill-scene.ts';
import type { RunningCase } from './guarded-case.ts';

export interface Step {
  readonly name: string;
  readonly title: string;
  run(scene: Scene, begun: (guarded: RunningCase) => void): Promise<Proven>;
}

/** Every step, in the order of the guide. */
export const STEPS: readonly Step[] = [
  { name: 'sigterm', title: 'SIGTERM to FlowForge', run: sigterm },
  { name: 'api_kill', title: 'kill through the API', run: apiKill },
  { name: 'sigkill', title: 'SIGKILL of FlowForge', run: sigkill },
  { name: 'shim_kill', title: 'SIGKILL of the shim', run: shimKill },
  { name: 'write_kill', title: 'SIGKILL of FlowForge during a database write', run: writeKill },
  { name: 'disk_full', title: 'disk full', run: diskFull },
  {
    name: 'api_process',
    title: 'SIGKILL of the API process while a job runs',
    run: apiProcessKilled,
  },
  { name: 'restart_budget', title: 'restart over the budget', run: restartBudget },
];

type Begun = Parameters<Step['run']>[1];

async function sigterm(scene: Scene, begun: Begun): Promise<Proven> {
  const guarded = startWorker(scene);
  begun(guarded);
  await escapeesOut(scene, guarded);
  guarded.child.kill('SIGTERM');
  // The escapees ignore the signal, so the order ends as a kill.
  const order = { actions: ['TERMINATE', 'KILL'], actor: 'operator' };
  return prove(scene, await guarded.ended, { exitReason: 'USER_TERMINATED', order });
}

async function sigkill(scene: Scene, begun: Begun): Promise<Proven> {
  const guarded = startWorker(scene);
  begun(guarded);
  await escapeesOut(scene, guarded);
  guarded.child.kill('SIGKILL');
  return lost(scene, guarded);
}

/** The run's supervisor was killed: the next start closes it. */
async function lost(scene: Scene, guarded: RunningCase): Promise<Proven> {
  const end = await guarded.ended;
  await startAgain(scene);
  const order = { actions: ['ORPHAN_REAPED'], actor: 'recovery' };
  return prove(scene, end, { exitReason: 'SUPERVISOR_LOST', order });
}

async function shimKill(scene: Scene, begun: Begun): Promise<Proven> {
  const guarded = startWorker(scene);
  begun(guarded);
  await escapeesOut(scene, guarded);
  const shim = guarded.pid === null ? null : shimOf(guarded.pid);
  if (shim === null) {
    guarded.child.kill('SIGTERM');
    await guarded.ended;
    return skipped('there is no shim here: `flowforge doctor` says why');
  }
  process.kill(shim, 'SIGKILL');
  return prove(scene, await guarded.ended, { exitReason: 'EXTERNAL_KILL' });
}

/** Writes to the write-ahead log after which FlowForge is killed, one run each. */
const WRITES = [1, 2, 3, 4] as const;

async function writeKill(scene: Scene, begun: Begun): Promise<Proven> {
  let proven = skipped('nothing was tried');
  for (const writes of WRITES) {
    const guarded = startWorker(scene);
    begun(guarded);
    await escapeesOut(scene, guarded);
    if (!(await killAtWrite(scene, guarded, writes))) {
      guarded.child.kill('SIGKILL');
      await guarded.ended;
      return { ...skipped(`no write number ${writes} was seen`), result: 'FAIL' };
    }
    proven = await lost(scene, guarded);
    if (proven.result !== 'PASS') {
      return { ...proven, detail: `killed at write ${writes}: ${proven.detail}` };
    }
  }
  return { ...proven, detail: `${proven.detail}; killed ${WRITES.length} times while it wrote` };
}

const WRITE_WITHIN_MS = 10_000;

/**
 * Orders pauses and resumes, each of which is written down before it is carried out, and kills FlowForge the moment
 * the kernel tells of its n-th write to the log of the database.
 */
async function killAtWrite(scene: Scene, guarded: RunningCase, writes: number): Promise<boolean> {
  const runId = newestRun(scene);
  let seen = 0;
  let isKilled = false;
  const wal = `${basename(scene.dbPath)}-wal`;
  const watcher = watch(dirname(scene.dbPath), (_event, name) => {
    if (name !== wal || isKilled) return;
    seen++;
    if (seen >= writes) isKilled = guarded.child.kill('SIGKILL');
  });
  const until = performance.now() + WRITE_WITHIN_MS;
  try {
    for (let turn = 0; !isKilled && performance.now() < until; turn++) {
      const operation = turn % 2 === 0 ? 'pause' : 'resume';
      await askRun(scene.config, runId, { operation, reason: 'recovery drill' });
    }
    return isKilled;
  } finally {
    watcher.close();
  }
}

async function restartBudget(scene: Scene, begun: Begun): Promise<Proven> {
  const flags = [
    '--no-api',
    '--restart',
    'on-failure',
    '--max-restarts',
    '2',
    '--restart-wait',
    '100ms',
  ];
  // Each attempt fails and leaves its escapees to be found.
  const fails = escapees(scene, 'fail');
  const guarded = startWorker(scene, {
    flags: [...flags, '--restart-wait-max', '200ms'],
    argv: fails,
  });
  begun(guarded);
  return prove(scene, await guarded.ended, { exitReason: 'RESTART_BUDGET_EXHAUSTED' });
}
