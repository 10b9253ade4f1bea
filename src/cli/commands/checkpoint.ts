// `flowforge checkpoint`: whether this checkout may be released, with figures.

import { existsSync } from 'node:fs';
import { packageFile } from '../../compose/installed.ts';
import { wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { artifactFolder } from '../../ops/artifact-folder.ts';
import {
  countCheckpoint,
  isReady,
  pickCheckpointSteps,
  startCheckpoint,
} from '../../ops/checkpoint.ts';
import { CHECKPOINT_STEPS } from '../../ops/checkpoint-steps.ts';
import { whileInterruptible } from '../interruptible.ts';
import { createProgress } from '../progress.ts';
import { renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface CheckpointOptions {
  readonly only?: string;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
}

export async function checkpointCommand(
  place: string | undefined,
  flags: Flags,
  { only, keepGoing, json }: CheckpointOptions,
): Promise<ExitStatus> {
  if (!existsSync(packageFile('package-lock.json'))) {
    throw new FlowForgeError('FF_USAGE', 'a checkpoint is of a checkout, and this is none', {
      hint: 'Call the flowforge of the checkout that is to be released.',
    });
  }
  const config = await loadConfig({ flags });
  const steps = pickCheckpointSteps(only);
  if (!steps) {
    const names = CHECKPOINT_STEPS.map(({ name }) => name).join(', ');
    throw new FlowForgeError('FF_USAGE', `--only: the steps are ${names}`);
  }
  const now = wallClock();
  const folder = artifactFolder('release', place, now);
  const progress = createProgress(steps.length, meanMs(steps));
  const plan = { steps, folder, keepGoing: keepGoing ?? false, now };
  const { value, signal } = await whileInterruptible(() =>
    startCheckpoint(config, plan, (news) => {
      if (news.type === 'started') progress.begin(news.step.title, news.step.usualMs);
      else progress.end(news.result.title, `${news.result.result}: ${news.result.detail}`);
    }),
  );
  progress.close(signal === null);
  const counts = countCheckpoint(value);
  if (json) printJson({ folder, ready: isReady(value), ...counts, steps: value });
  else {
    const rows = value.map((it) => [it.result, it.title, timeOf(it.durationS), it.detail]);
    print(renderTable(['RESULT', 'STEP', 'TIME', 'DETAIL'], rows));
    print(
      `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped${unfinishedIn(counts)}. ${folder}/checkpoint.md`,
    );
  }
  if (signal !== null) return { type: 'signaled', signal };
  const isGood = counts.failed + counts.unfinished === 0;
  return { type: 'exited', code: isGood ? EXIT.ok : EXIT.failed };
}

const unfinishedIn = ({ unfinished }: ReturnType<typeof countCheckpoint>): string =>
  unfinished === 0 ? '' : `, ${unfinished} not run to the end`;

const timeOf = (durationS: number | null): string => (durationS === null ? '' : `${durationS} s`);

const meanMs = (steps: readonly { readonly usualMs: number }[]): number =>
  steps.reduce((sum, { usualMs }) => sum + usualMs, 0) / steps.length;
