// `flowforge drill`: breaks FlowForge on purpose, and counts what is left.

import { wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { artifactFolder } from '../../ops/artifact-folder.ts';
import { countSteps, pickSteps, startDrill } from '../../ops/drill.ts';
import { STEPS } from '../../ops/drill-steps.ts';
import { whileInterruptible } from '../interruptible.ts';
import { createProgress } from '../progress.ts';
import { renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface DrillOptions {
  readonly only?: string;
  readonly json?: boolean;
}

const USUAL_STEP_MS = 4_000;

export async function drillCommand(
  place: string | undefined,
  flags: Flags,
  { only, json }: DrillOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const steps = pickSteps(only);
  if (!steps) {
    const message = `--only: the steps are ${STEPS.map(({ name }) => name).join(', ')}`;
    throw new FlowForgeError('FF_USAGE', message);
  }
  const folder = artifactFolder('recovery', place, wallClock());
  const progress = createProgress(steps.length, USUAL_STEP_MS);
  const { value: results, signal } = await whileInterruptible(() =>
    startDrill(config, folder, steps, (news) => {
      if (news.type === 'started') progress.begin(news.step.title);
      else progress.end(news.result.title, `${news.result.result}: ${news.result.detail}`);
    }),
  );
  progress.close(signal === null);
  const counts = countSteps(results);
  if (json) printJson({ folder, interrupted: signal !== null, ...counts, steps: results });
  else {
    const rows = results.map((it) => [it.result, it.title, timeOf(it.durationS), it.detail]);
    print(renderTable(['RESULT', 'STEP', 'TIME', 'DETAIL'], rows));
    print(
      `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped${unfinishedIn(counts)}. ${folder}/summary.md`,
    );
  }
  if (signal !== null) return { type: 'signaled', signal };
  return { type: 'exited', code: counts.failed === 0 ? EXIT.ok : EXIT.failed };
}

const timeOf = (durationS: number | null): string => (durationS === null ? '' : `${durationS} s`);

const unfinishedIn = ({ unfinished }: ReturnType<typeof countSteps>): string =>
  unfinished === 0 ? '' : `, ${unfinished} not run to the end`;
