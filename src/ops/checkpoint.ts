// A release checkpoint: step after step, each with a log and a bound, and a page that says with figures whether this
// checkout may be released.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFile } from '../compose/installed.ts';
import type { Config } from '../config/config.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { RunningCommand } from './bounded-command.ts';
import type { Checked, CheckpointScene, CheckpointStep } from './checkpoint-step.ts';
import { CHECKPOINT_STEPS } from './checkpoint-steps.ts';
import { put } from './pilot-artifacts.ts';

export interface CheckpointResult {
  readonly step: string;
  readonly title: string;
  readonly result: Checked['result'] | 'INTERRUPTED' | 'NOT RUN';
  readonly detail: string;
  readonly durationS: number | null;
}

export type CheckpointNews =
  | { readonly type: 'started'; readonly step: CheckpointStep }
  | { readonly type: 'ended'; readonly result: CheckpointResult };

export interface CheckpointPlan {
  readonly steps: readonly CheckpointStep[];
  readonly folder: string;
  /** Goes on after a step that failed. */
  readonly keepGoing: boolean;
  readonly now: EpochMs;
}

export interface Checkpoint {
  readonly finished: Promise<readonly CheckpointResult[]>;
  /** Ends the step under way, and leaves out the rest. */
  interrupt(): void;
}

/** Starts a checkpoint; its folder exists. Every step has a result, also one that was not reached. */
export function startCheckpoint(
  config: Config,
  plan: CheckpointPlan,
  tell: (news: CheckpointNews) => void,
): Checkpoint {
  let isInterrupted = false;
  let current: RunningCommand | null = null;
  const scene: CheckpointScene = {
    root: packageFile('.'),
    folder: plan.folder,
    environment: config.childEnvironment,
    begun(command) {
      current = command;
      if (isInterrupted) command.stop();
    },
  };
  const all = async (): Promise<readonly CheckpointResult[]> => {
    const results: CheckpointResult[] = [];
    for (const step of plan.steps) {
      const isBlocked = !plan.keepGoing && results.some(({ result }) => result === 'FAIL');
      if (isInterrupted || isBlocked) {
        results.push(notRun(step, isInterrupted));
        continue;
      }
      tell({ type: 'started', step });
      const result = judged(await perform(step, scene), isInterrupted);
      results.push(result);
      tell({ type: 'ended', result });
    }
    writeCheckpoint(plan, scene.root, results);
    return results;
  };
  return {
    finished: all(),
    interrupt() {
      isInterrupted = true;
      current?.stop();
    },
  };
}

/** The steps that were asked for, in their order; null where a name is none. */
export function pickCheckpointSteps(only: string | undefined): readonly CheckpointStep[] | null {
  if (only === undefined) return CHECKPOINT_STEPS;
  const names = new Set(only.split(',').map((name) => name.trim()));
  const picked = CHECKPOINT_STEPS.filter(({ name }) => names.has(name));
  return picked.length === names.size ? picked : null;
}

async function perform(step: CheckpointStep, scene: CheckpointScene): Promise<CheckpointResult> {
  const began = performance.now();
  const checked = await step.run(scene).catch(
    (error: unknown): Checked => ({
      result: 'FAIL',
      detail: error instanceof Error ? error.message : String(error),
    }),
  );
  const durationS = Math.round((performance.now() - began) / 100) / 10;
  return { step: step.name, title: step.title, ...checked, durationS };
}

/** A step that was interrupted has neither passed nor failed. */
const judged = (result: CheckpointResult, isInterrupted: boolean): CheckpointResult =>
  isInterrupted ? { ...result, result: 'INTERRUPTED', detail: 'interrupted' } : result;

function notRun({ name, title }: CheckpointStep, isInterrupted: boolean): CheckpointResult {
  const detail = isInterrupted ? 'interrupted before it' : 'a step before it failed';
  return { step: name, title, result: 'NOT RUN', detail, durationS: null };
}

/** Counts of a checkpoint, for its page and for its exit status. */
export function countCheckpoint(results: readonly CheckpointResult[]) {
  const of = (...wanted: readonly string[]): number =>
    results.filter(({ result }) => wanted.includes(result)).length;
  return {
    passed: of('PASS'),
    failed: of('FAIL'),
    skipped: of('SKIPPED'),
    unfinished: of('INTERRUPTED', 'NOT RUN'),
  };
}

/** Whether this may be released: everything was tried, and nothing failed. */
export const isReady = (results: readonly CheckpointResult[]): boolean => {
  const { failed, unfinished } = countCheckpoint(results);
  return failed + unfinished === 0 && results.length === CHECKPOINT_STEPS.length;
};

function writeCheckpoint(
  { folder, now }: CheckpointPlan,
  root: string,
  results: readonly CheckpointResult[],
): void {
  const counts = countCheckpoint(results);
  const about = {
    date: toTimestamp(now),
    commit: git(root, ['rev-parse', 'HEAD']),
    isChanged: git(root, ['status', '--porcelain']) !== '',
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  const json = { ...about, ready: isReady(results), ...counts, steps: results };
  put(folder, 'checkpoint.json', `${JSON.stringify(json, null, 2)}\n`);
  const changed = about.isChanged ? ', with changes that are not committed' : '';
  const lines = [
    '# Release Checkpoint',
    '',
    `- Date: ${about.date} (UTC)`,
    `- Commit: ${about.commit ?? 'not a git checkout'}${changed}`,
    `- Node ${about.node} on ${about.platform}`,
    '',
    '## Status',
    '',
    ...results.map(line),
    '',
    '## Ready',
    '',
    verdict(results),
    '',
    'Artifacts: `<step>.log` of each step that ran a command, `checkpoint.json`, `recovery/` of the drill.',
    '',
  ];
  put(folder, 'checkpoint.md', lines.join('\n'));
}

const line = ({ result, title, detail, durationS }: CheckpointResult): string =>
  `- ${result}: ${title}${durationS === null ? '' : ` (${durationS} s)`}: ${detail.replace(/\s+/g, ' ')}`;

function verdict(results: readonly CheckpointResult[]): string {
  const { passed, failed, skipped, unfinished } = countCheckpoint(results);
  const figures = `${passed} passed, ${failed} failed, ${skipped} skipped, ${unfinished} not run to the end`;
  if (isReady(results)) return `Yes. ${figures}.`;
  if (failed + unfinished > 0) return `Blocked: ${figures}.`;
  return `Not said: only some of the steps were asked for. ${figures}.`;
}

function git(root: string, args: readonly string[]): string | null {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', args, { cwd: join(root), encoding: 'utf8', stdio }).trim();
  } catch {
    return null;
  }
}
