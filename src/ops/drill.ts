// A drill: step after step, and whatever goes wrong with one is its result, not the end of the others.

import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type StepResult, skipped } from './drill-proof.ts';
import { alive, type Scene } from './drill-scene.ts';
import { STEPS, type Step } from './drill-steps.ts';
import type { RunningCase } from './guarded-case.ts';
import { put, table } from './pilot-artifacts.ts';

export type DrillNews =
  | { readonly type: 'started'; readonly step: Step }
  | { readonly type: 'ended'; readonly result: StepResult };

export interface Drill {
  readonly finished: Promise<readonly StepResult[]>;
  /** Ends the step under way, leaves out the rest, and leaves nothing running. */
  interrupt(): void;
}

/** Starts a drill of some steps; its artifacts go to a folder that exists. */
export function startDrill(
  config: Config,
  folder: string,
  steps: readonly Step[],
  tell: (news: DrillNews) => void,
): Drill {
  let isInterrupted = false;
  let current: RunningCase | null = null;
  const one = async (step: Step): Promise<StepResult> => {
    tell({ type: 'started', step });
    const began = performance.now();
    const scene = sceneOf(config, folder, step);
    const proven = await step
      .run(scene, (guarded) => {
        current = guarded;
        if (isInterrupted) guarded.stop();
      })
      .catch((error: unknown) => ({
        ...skipped(error instanceof Error ? error.message : String(error)),
        result: 'FAIL' as const,
      }));
    cleanUp(scene, current);
    const durationS = Math.round((performance.now() - began) / 100) / 10;
    const judged = isInterrupted ? unfinished('INTERRUPTED') : proven;
    return { step: step.name, title: step.title, ...judged, durationS };
  };
  const all = async (): Promise<readonly StepResult[]> => {
    const results = steps.map(notRun);
    for (const [i, step] of steps.entries()) {
      if (isInterrupted) break;
      const result = await one(step);
      results[i] = result;
      tell({ type: 'ended', result });
      writeDrill(folder, results, isInterrupted);
    }
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

/** The steps that were asked for; null where a name is none. */
export function pickSteps(only: string | undefined): readonly Step[] | null {
  if (only === undefined) return STEPS;
  const names = only.split(',').map((name) => name.trim());
  const picked = STEPS.filter(({ name }) => names.includes(name));
  return picked.length === names.length ? picked : null;
}

let scenes = 0;

function sceneOf(config: Config, folder: string, { name }: Step): Scene {
  const mark = `drill-${process.pid}-${performance.timeOrigin.toFixed(0)}-${++scenes}`;
  return { config, folder, step: name, dbPath: join(folder, `drill_${name}.db`), mark };
}

/** A step that has neither passed nor failed, nor been left out for a reason of its own. */
const unfinished = (result: 'INTERRUPTED' | 'NOT RUN') => ({
  ...skipped(result === 'INTERRUPTED' ? 'interrupted' : 'not begun'),
  result,
});

const notRun = ({ name, title }: Step): StepResult => ({
  step: name,
  title,
  ...unfinished('NOT RUN'),
  durationS: null,
});

/** A failed step leaves nothing behind either: what carries its mark is of this drill. */
function cleanUp(scene: Scene, guarded: RunningCase | null): void {
  if (guarded?.child.exitCode === null && guarded.child.signalCode === null) {
    guarded.child.kill('SIGKILL');
  }
  for (const pid of alive(scene)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went between the look and the signal.
    }
  }
}

/** Counts of a drill, for its summary and for its exit status. */
export function countSteps(results: readonly StepResult[]) {
  const of = (wanted: string): number => results.filter(({ result }) => result === wanted).length;
  const unfinished = of('INTERRUPTED') + of('NOT RUN');
  return { passed: of('PASS'), failed: of('FAIL'), skipped: of('SKIPPED'), unfinished };
}

function writeDrill(folder: string, results: readonly StepResult[], isInterrupted: boolean): void {
  const counts = countSteps(results);
  const json = { interrupted: isInterrupted, ...counts, steps: results };
  put(folder, 'summary.json', `${JSON.stringify(json, null, 2)}\n`);
  const rows = results.map((it) => [
    it.title,
    it.result,
    it.survivors ?? '',
    it.exitReason ?? '',
    it.durationS ?? '',
    it.detail,
  ]);
  const heading = ['Step', 'Result', 'Survivors', 'Exit Reason', 'Duration (s)', 'Detail'];
  const lines = [
    '# Recovery Drill Summary',
    '',
    isInterrupted ? '**Interrupted. Nothing is left running.**\n' : '',
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${counts.unfinished} not run to the end.`,
    '',
    ...table(heading, rows),
    '',
    'Artifacts: `drill_<step>.log` and `drill_<step>.db` of each step, `kill_response.json` of the kill through the API.',
    '',
  ];
  put(folder, 'summary.md', lines.join('\n'));
}
