// `flowforge tune`: replays recorded runs over a grid of settings, and recommends one.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../compose/installed.ts';
import { wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { artifactFolder } from '../../ops/artifact-folder.ts';
import {
  readTraces,
  summariseTuning,
  type TuneResult,
  type TuneSetting,
  tuneGrid,
  tuneOne,
} from '../../ops/tune.ts';
import { reasonFor, writeTuning } from '../../ops/tune-artifacts.ts';
import { createProgress } from '../progress.ts';
import { parseCount } from '../selection.ts';
import { renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface TuneOptions {
  readonly traces?: string;
  readonly runs?: string;
  readonly json?: boolean;
}

export async function tuneCommand(
  place: string | undefined,
  flags: Flags,
  options: TuneOptions,
): Promise<ExitStatus> {
  const { policy, stateDir } = await loadConfig({ flags });
  const traces = [
    ...readTraces(options.traces ?? corpus(options.runs)),
    ...ownTraces(stateDir, options.runs),
  ];
  if (traces.length === 0) throw new FlowForgeError('FF_USAGE', 'there are no traces to replay');
  const folder = artifactFolder('tuning', place, wallClock());
  const progress = createProgress(tuneGrid().length, null);
  const results: TuneResult[] = [];
  for (const [profile, limit] of tuneGrid()) {
    const name = `${profile}, max-cpu ${limit}`;
    progress.begin(name);
    // A breath between settings, so that the progress is drawn and a signal is heard.
    await new Promise(setImmediate);
    for (const trace of traces) results.push(tuneOne(trace, profile, limit, policy));
    progress.end(name, `${traces.length} runs replayed`);
  }
  progress.close();
  const best = writeTuning(folder, results);
  if (options.json) printJson({ folder, recommended: best, settings: summariseTuning(results) });
  else tell(results, best, folder);
  return { type: 'exited', code: isFit(best) ? EXIT.ok : EXIT.failed };
}

/** Whether the best setting leaves all healthy work alone, and stops runaways where there are any. */
const isFit = (best: TuneSetting | null): boolean =>
  best !== null && best.falseStops === 0 && (best.runaways === 0 || best.stopped > 0);

/** The runs that come with a checkout. */
function corpus(runs: string | undefined): string {
  const shipped = packageFile('test/fixtures/traces');
  if (existsSync(shipped) || runs !== undefined) return shipped;
  throw new FlowForgeError('FF_USAGE', 'no recorded runs come with this installation', {
    hint: 'Name a folder of traces with --traces, or use your own with --runs last:20.',
  });
}

function ownTraces(stateDir: string, runs: string | undefined) {
  if (runs === undefined) return [];
  const count = parseCount('--runs', runs.replace(/^last:/, ''));
  const folder = join(stateDir, 'traces');
  return existsSync(folder) ? readTraces(folder).slice(-count) : [];
}

function tell(results: readonly TuneResult[], best: TuneSetting | null, folder: string): void {
  const rows = summariseTuning(results).map((it) => [
    it.profile,
    String(it.maxCpuPercent),
    `${it.stopped}/${it.runaways}`,
    `${it.falseStops}/${it.healthy}`,
    bar(it.medianStopMs),
  ]);
  print(renderTable(['PROFILE', 'MAX-CPU', 'STOPPED', 'FALSE', 'MEDIAN TIME TO STOP'], rows));
  if (best) {
    print(
      `\nRecommended: profile ${best.profile}, max-cpu ${best.maxCpuPercent}. ${reasonFor(best)}.`,
    );
  }
  print(`${folder}/summary.md`);
}

/** One mark for every two seconds. */
const bar = (ms: number | null): string =>
  ms === null
    ? ''
    : `${'▪'.repeat(Math.min(40, Math.ceil(ms / 2000)))} ${(ms / 1000).toFixed(1)} s`;
