// What tuning leaves: every replay as CSV and JSON, a plot, and a summary with the setting that is recommended.

import { escapeHtml } from './escape-html.ts';
import { put, table } from './pilot-artifacts.ts';
import { toCsv } from './pilot-csv.ts';
import { recommend, summariseTuning, type TuneResult, type TuneSetting } from './tune.ts';

const STOPPED_BY_FLOWFORGE = 124;

/** Writes results.csv, results.json, plot.svg and summary.md. Gives the setting that is recommended. */
export function writeTuning(folder: string, results: readonly TuneResult[]): TuneSetting | null {
  const settings = summariseTuning(results);
  const best = recommend(settings);
  put(folder, 'results.csv', resultsCsv(results));
  put(
    folder,
    'results.json',
    `${JSON.stringify({ recommended: best, settings, results }, null, 2)}\n`,
  );
  put(folder, 'plot.svg', plot(settings, best));
  put(folder, 'summary.md', summary(settings, best, results));
  return best;
}

/** In one sentence why a setting is recommended. */
export const reasonFor = (it: TuneSetting): string => {
  const speed =
    it.medianStopMs === null ? '' : `, half of them within ${seconds(it.medianStopMs)} s`;
  return `${it.falseStops} of ${it.healthy} healthy runs stopped, ${it.stopped} of ${it.runaways} runaways stopped${speed}`;
};

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
): string {
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
  ].join('\n');
}

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

const WIDTH = 640;
const HEIGHT = 320;
const MARGIN = 60;
const COLOURS = { light: '#2a78d6', standard: '#1d8a4e', heavy: '#c4442b' } as const;

/** Median time to stop against the share of runaways stopped; a ring around what also stopped healthy work. */
function plot(settings: readonly TuneSetting[], best: TuneSetting | null): string {
  const most = Math.max(1, ...settings.map(({ medianStopMs }) => medianStopMs ?? 0));
  const x = (ms: number): number => MARGIN + (ms / most) * (WIDTH - 2 * MARGIN);
  const y = (share: number): number => HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
  const points = settings.flatMap((it) => {
    if (it.medianStopMs === null) return [];
    const at = [x(it.medianStopMs), y(it.stopped / Math.max(1, it.runaways))] as const;
    const title = `${it.profile}, max-cpu ${it.maxCpuPercent}: ${reasonFor(it)}`;
    const stroke = it.falseStops > 0 ? 'stroke="#000" stroke-width="2"' : '';
    const radius = it === best ? 9 : 5;
    return [
      `<circle cx="${at[0].toFixed(1)}" cy="${at[1].toFixed(1)}" r="${radius}" fill="${COLOURS[it.profile]}" fill-opacity="0.7" ${stroke}><title>${escapeHtml(title)}</title></circle>`,
    ];
  });
  const legend = Object.entries(COLOURS).map(
    ([name, colour], i) =>
      `<circle cx="${MARGIN + 90 * i}" cy="20" r="5" fill="${colour}"/><text x="${MARGIN + 10 + 90 * i}" y="24">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${legend.join('\n')}
<path d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}" fill="none" stroke="#888"/>
<text x="8" y="${y(1) + 4}">100 %</text><text x="20" y="${y(0) + 4}">0 %</text>
<text x="${MARGIN}" y="${HEIGHT - 36}">0 s</text><text x="${WIDTH - MARGIN - 20}" y="${HEIGHT - 36}">${(most / 1000).toFixed(0)} s</text>
<text x="${MARGIN}" y="${HEIGHT - 12}">median time to stop; height: runaways stopped; ringed: stopped healthy work too; large: recommended</text>
${points.join('\n')}
</svg>
`;
}

const seconds = (ms: number | null): number | null =>
  ms === null ? null : Math.round(ms / 100) / 10;
