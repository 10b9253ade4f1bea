// What tuning leaves: every replay as CSV and JSON, a plot, and a summary with the setting that is recommended.

import { put, table } from './pilot-artifacts.ts';
import { toCsv } from './pilot-csv.ts';
import { recommend, summariseTuning, type TuneResult, type TuneSetting } from './tune.ts';
import { plotTuning } from './tune-plot.ts';
import { reasonFor } from './tune-reason.ts';

const STOPPED_BY_FLOWFORGE = 124;

/**
 * Writes results.csv, results.json, plot.svg and summary.md. Gives the setting that is recommended.
 *
 * @param faults the workloads that could not be recorded, each with why
 */
export function writeTuning(
  folder: string,
  results: readonly TuneResult[],
  faults: ReadonlyMap<string, string>,
): TuneSetting | null {
  const settings = summariseTuning(results);
  const best = recommend(settings);
  put(folder, 'results.csv', resultsCsv(results));
  put(
    folder,
    'results.json',
    `${JSON.stringify({ recommended: best, settings, results, notRecorded: Object.fromEntries(faults) }, null, 2)}\n`,
  );
  put(folder, 'plot.svg', plotTuning(settings, best));
  put(folder, 'summary.md', [...summary(settings, best, results), ...leftOut(faults)].join('\n'));
  return best;
}

function resultsCsv(results: readonly TuneResult[]): string {
  const heading =
    'profile,threshold,exit_code,loop_detected,workload,expected,exit_reason,rule,alert_s,stop_s';
  const rows = results.map((it) => [
    it.profile,
    it.maxCpuPercent,
    it.stopAfterMs === null ? null : STOPPED_BY_FLOWFORGE,
    it.exitReason === 'LOOP_DETECTED' ? 'yes' : 'no',
    it.trace,
    it.isRunaway === null ? null : it.isRunaway ? 'stop' : 'no intervention',
    it.exitReason,
    it.ruleId,
    seconds(it.alertAfterMs),
    seconds(it.stopAfterMs),
  ]);
  return toCsv(heading.split(','), rows);
}

function summary(
  settings: readonly TuneSetting[],
  best: TuneSetting | null,
  results: readonly TuneResult[],
): readonly string[] {
  const rows = settings.map((it) => [
    it === best ? `**${it.profile}**` : it.profile,
    it.maxCpuPercent,
    `${it.stopped} of ${it.runaways}`,
    `${it.falseStops} of ${it.healthy}`,
    seconds(it.medianStopMs) ?? '',
  ]);
  const heading = [
    'Profile',
    'Threshold',
    'Runaways stopped',
    'Healthy stopped',
    'Median time to stop (s)',
  ];
  const wrong = results.filter(
    (it) => it.profile === best?.profile && it.maxCpuPercent === best.maxCpuPercent && isWrong(it),
  );
  return [
    '# Detection Tuning Results',
    '',
    ...recommendation(best),
    '![Runaways stopped against healthy work stopped, and the time to stop](plot.svg)',
    '',
    ...table(heading, rows),
    '',
    wrong.length === 0
      ? 'With it, every run with a label came out as it should.'
      : 'With it, these did not come out as they should:',
    ...wrong.map(
      (it) =>
        `- ${it.trace}: ${it.stopAfterMs === null ? 'not stopped' : `stopped after ${seconds(it.stopAfterMs)} s (${it.exitReason})`}`,
    ),
    '',
    'The time is from the onset of the trouble. A record that ends before a patient profile has decided counts as not stopped. `results.csv` has every replay; an empty exit code is a run that was left alone.',
    '',
  ];
}

const leftOut = (faults: ReadonlyMap<string, string>): readonly string[] =>
  faults.size === 0
    ? []
    : [
        'Not recorded, and left out:',
        ...[...faults].map(([name, fault]) => `- ${name}: ${fault}`),
        '',
      ];

const isWrong = ({ isRunaway, stopAfterMs }: TuneResult): boolean =>
  isRunaway !== null && isRunaway !== (stopAfterMs !== null);

function recommendation(best: TuneSetting | null): readonly string[] {
  if (!best) return ['Nothing is recommended: there was nothing to replay.', ''];
  return [
    `Recommended: profile \`${best.profile}\`, max-cpu ${best.maxCpuPercent}. Why: ${reasonFor(best)}.`,
    '',
    '```yaml',
    `profile: ${best.profile}`,
    `max-cpu: ${best.maxCpuPercent}`,
    '```',
    '',
  ];
}

const seconds = (ms: number | null): number | null =>
  ms === null ? null : Math.round(ms / 100) / 10;
