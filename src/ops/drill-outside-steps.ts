// The steps of a drill that break what FlowForge stands on: the disk under its database, and the process that answers
// for it to HTTP.

import { createServer } from 'node:net';
import { join } from 'node:path';
import { ownCommand } from '../compose/installed.ts';
import { askRun } from '../compose/runs.ts';
import { type RunningCommand, startCommand } from './bounded-command.ts';
import { hasReserve, type SmallDisk, takeSmallDisk } from './drill-full-disk.ts';
import { type Proven, prove, skipped } from './drill-proof.ts';
import {
  alive,
  escapeesOut,
  newestRun,
  type Scene,
  startAgain,
  startWorker,
  within,
} from './drill-scene.ts';
import { type RunningCase, readEvidence } from './guarded-case.ts';
import { put } from './pilot-artifacts.ts';

type Begun = (guarded: RunningCase) => void;

const RESERVE_WITHIN_MS = 6_000;

/** The disk fills up under a guard, which is then ordered about and told to end; room comes back after its end. */
export async function diskFull(scene: Scene, begun: Begun): Promise<Proven> {
  const disk = takeSmallDisk(scene.dbPath);
  if (!disk) return skipped('neither a small disk may be mounted here, nor is there `prlimit`');
  try {
    return await onDisk({ ...scene, dbPath: disk.dbPath }, disk, begun);
  } finally {
    disk.remove();
  }
}

async function onDisk(scene: Scene, disk: SmallDisk, begun: Begun): Promise<Proven> {
  const guarded = startWorker(scene);
  begun(guarded);
  await escapeesOut(scene, guarded);
  await within(RESERVE_WITHIN_MS, () => hasReserve(scene.dbPath));
  const runId = newestRun(scene);
  if (!disk.fill(guarded.pid ?? 0)) {
    guarded.child.kill('SIGTERM');
    await guarded.ended;
    return skipped(`the disk could not be filled by ${disk.means}`);
  }
  const isObeyed = await isSteerable(scene, runId);
  guarded.child.kill('SIGTERM');
  const end = await guarded.ended;
  const leftWhileFull = alive(scene).length;
  disk.free();
  // What the disk refused is written by the next start.
  await startAgain(scene);
  const order = { actions: ['TERMINATE', 'KILL'], actor: 'operator' };
  const proven = await prove(scene, end, { exitReason: 'USER_TERMINATED', order });
  return alsoWanted(proven, disk.means, [
    [isObeyed, 'the guard obeyed no order while the disk was full'],
    [leftWhileFull === 0, `${leftWhileFull} were alive while the disk was full`],
    [tellsOf(scene, 'store.degraded'), 'the evidence does not tell of the full disk'],
  ]);
}

/** Whether a run can be held and let go. */
async function isSteerable({ config }: Scene, runId: string): Promise<boolean> {
  const answers = [];
  for (const operation of ['pause', 'resume'] as const) {
    answers.push(await askRun(config, runId, { operation, reason: 'recovery drill' }));
  }
  return answers.every((answer) => answer?.ok === true);
}

const EVENTS_LOOKED_AT = 500;

const tellsOf = ({ config, dbPath }: Scene, type: string): boolean =>
  readEvidence(config, dbPath, (reader) =>
    reader.eventsAfter(0, EVENTS_LOOKED_AT).some((event) => event.type === type),
  );

/** What is wanted beside the proof of every step. */
function alsoWanted(
  proven: Proven,
  means: string,
  wanted: readonly (readonly [boolean, string])[],
): Proven {
  const faults = wanted.filter(([isTrue]) => !isTrue).map(([, fault]) => fault);
  if (faults.length === 0) return { ...proven, detail: `${proven.detail}; ${means}` };
  const known = proven.result === 'FAIL' ? [proven.detail] : [];
  return { ...proven, result: 'FAIL', detail: [...known, ...faults].join('; ') };
}

/** A key for the one run of this step; it means nothing anywhere else. */
const DRILL_KEY = 'drill-key-of-one-run';
const API_UP_WITHIN_MS = 6_000;

/** Kills a run by POST /process/kill of the process that guards it. */
export async function apiKill(scene: Scene, begun: Begun): Promise<Proven> {
  const port = await freePort();
  const flags = ['--port', String(port)];
  const guarded = startWorker(scene, { flags, environment: withKey(scene) });
  begun(guarded);
  await escapeesOut(scene, guarded);
  if (!(await isUp(port))) return withoutApi(guarded);
  return killThrough(port, scene, guarded);
}

const SERVER_MS = 50_000;

/** The process that serves the API is killed while a job runs: the job goes on, and the next one can end it. */
export async function apiProcessKilled(scene: Scene, begun: Begun): Promise<Proven> {
  const guarded = startWorker(scene);
  begun(guarded);
  await escapeesOut(scene, guarded);
  const port = await freePort();
  const first = serve(scene, port, 'first');
  let second: RunningCommand | null = null;
  try {
    if (!(await isUp(port))) return await withoutApi(guarded);
    const before = alive(scene);
    first.signal('SIGKILL');
    await first.ended;
    const isGone = !(await answers(port));
    const isUntouched = before.every((pid) => alive(scene).includes(pid));
    const isObeyed = await isSteerable(scene, newestRun(scene));
    second = serve(scene, port, 'second');
    if (!(await isUp(port))) return await withoutApi(guarded);
    const means = `the job of ${before.length} processes went on without the API`;
    return alsoWanted(await killThrough(port, scene, guarded), means, [
      [isGone, 'the API answered after it was killed'],
      [isUntouched, 'processes of the job went with the API'],
      [isObeyed, 'the guard obeyed no order while there was no API'],
    ]);
  } finally {
    for (const server of [first, second]) server?.signal('SIGKILL');
  }
}

function serve(scene: Scene, port: number, which: string): RunningCommand {
  const { folder, step, dbPath } = scene;
  return startCommand({
    argv: [...ownCommand(), 'serve', '--db', dbPath, '--port', String(port)],
    cwd: folder,
    environment: withKey(scene),
    logPath: join(folder, `drill_${step}_${which}_api.log`),
    timeoutMs: SERVER_MS,
  });
}

const withKey = ({ config }: Scene): Readonly<Record<string, string>> => ({
  ...config.childEnvironment,
  FLOWFORGE_API_KEY: DRILL_KEY,
  FLOWFORGE_API: 'true',
});

async function withoutApi(guarded: RunningCase): Promise<Proven> {
  guarded.child.kill('SIGTERM');
  await guarded.ended;
  return skipped('the API is not to be had: nothing answers at /healthz');
}

async function killThrough(port: number, scene: Scene, guarded: RunningCase): Promise<Proven> {
  const response = await fetch(`http://127.0.0.1:${port}/process/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${DRILL_KEY}`, 'content-type': 'application/json' },
    // By its id: other runs of this host may be under way.
    body: JSON.stringify({ reason: 'recovery drill', run_id: newestRun(scene) }),
  });
  const body = await response.text();
  put(scene.folder, scene.step === 'api_kill' ? 'kill_response.json' : `${scene.step}.json`, body);
  if (!response.ok) {
    guarded.child.kill('SIGTERM');
    await guarded.ended;
    const detail = `POST /process/kill answered ${response.status}: ${body.slice(0, 200)}`;
    return { ...skipped(detail), result: 'FAIL' };
  }
  const order = { actions: ['STOP', 'KILL'], actor: 'api-key:' };
  return prove(scene, await guarded.ended, { exitReason: 'API_TERMINATED', order });
}

async function isUp(port: number): Promise<boolean> {
  const until = performance.now() + API_UP_WITHIN_MS;
  while (performance.now() < until) {
    if (await answers(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

const answers = async (port: number): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.ok === true;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
