// The scene of a drill: a worker whose children try to get away, under a real `flowforge run`, and what can be seen
// of it from outside.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ownCommand, packageFile } from '../compose/installed.ts';
import { verifyDatabase } from '../compose.ts';
import type { Config } from '../config/config.ts';
import {
  type CaseEnd,
  type CaseRecord,
  type RunningCase,
  readEvidence,
  recordOf,
  startCase,
} from './guarded-case.ts';

export interface Scene {
  readonly config: Config;
  readonly folder: string;
  /** Name of the step; its files are called after it. */
  readonly step: string;
  readonly dbPath: string;
  /** Stands in the command line of every process of the worker, and of no other. */
  readonly mark: string;
}

/** The worker and its escapees: itself, and four that ignore SIGTERM. */
const ESCAPEES = 5;
const CASE_MS = 50_000;
const LOOK_EVERY_MS = 10;

export interface StartOptions {
  readonly flags?: readonly string[];
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the worker under guard, its output in `drill_<step>.log`. */
export function startWorker(scene: Scene, options: StartOptions = {}): RunningCase {
  const { dbPath, step } = scene;
  const { flags = ['--no-api'], argv = escapees(scene), environment } = options;
  return startCase({
    flags: ['--grace', '1s', '--name', `drill-${step}`, ...flags],
    argv,
    logPath: logOf(scene),
    dbPath,
    timeoutMs: CASE_MS,
    ...(environment ? { environment } : {}),
  });
}

/** The worker whose children try to get away; one that fails when they are out, with `fail`. */
export const escapees = ({ mark }: Scene, ...how: readonly 'fail'[]): readonly string[] => [
  'python3',
  packageFile('demo/pilot/escapee_worker.py'),
  mark,
  ...how,
];

/** Where the output of the step's worker goes. */
export const logOf = ({ folder, step }: Scene): string => join(folder, `drill_${step}.log`);

/** Settles when every escapee is out. Throws where they are not within some seconds, or their guard has ended. */
export async function escapeesOut(scene: Scene, { child }: RunningCase): Promise<void> {
  const log = logOf(scene);
  const isOut = (): boolean =>
    existsSync(log) &&
    readFileSync(log, 'utf8').includes('escapees are out') &&
    alive(scene).length >= ESCAPEES;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (!(await within(20_000, () => isOut() || hasEnded())) || hasEnded())
    throw new Error('the worker and its escapees did not come up');
}

/** Pids of what is alive of the worker. FlowForge itself, whose command line holds the mark as well, is not of it. */
export function alive({ mark }: Scene): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLine(pid).includes(`\0${mark}\0`) && !isOurs(pid));
}

/** Whether that comes true in time. */
export async function within(limitMs: number, isTrue: () => boolean): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

/** The shim of a guard, or null where it has none. */
export function shimOf(supervisorPid: number): number | null {
  const isShim = (pid: number): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/exe`).includes('flowforge-shim');
    } catch {
      return commandLine(pid).includes('flowforge-shim');
    }
  };
  return childrenOf(supervisorPid).find(isShim) ?? null;
}

/** Runs something short in the same database, so that lost runs are recovered. */
export async function startAgain(scene: Scene): Promise<void> {
  const next = { ...scene, step: `${scene.step}_recovery` };
  await startWorker(next, { argv: ['true'] }).ended;
}

export function recordIn({ config, dbPath }: Scene, end: CaseEnd): CaseRecord | null {
  return readEvidence(config, dbPath, (reader) => recordOf(reader, end));
}

/** The id of the run that was started last. */
export function newestRun({ config, dbPath }: Scene): string {
  const [run] = readEvidence(config, dbPath, (reader) => reader.runs({ limit: 1 }).items);
  if (!run) throw new Error('the run is not in the evidence');
  return run.runId;
}

/** What is wrong with the evidence as a whole, or null. */
export function chainFault({ dbPath }: Scene): string | null {
  const { ok, faults, eventCount } = verifyDatabase(dbPath);
  if (!ok) return `the evidence does not verify: ${faults[0]?.problem ?? 'unknown'}`;
  return eventCount === 0 ? 'there is no evidence' : null;
}

function childrenOf(pid: number): readonly number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const isOurs = (pid: number): boolean => {
  const words = commandLine(pid).split('\0');
  return words.includes(ownCommand().at(-1) ?? '') || words[0]?.includes('flowforge-shim') === true;
};

function commandLine(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    if (/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))) return '';
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
