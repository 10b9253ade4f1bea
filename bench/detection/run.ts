// npm run bench:detection: judges the detector and the baselines on the whole corpus, writes results.md,
// results.json and plot.svg to dist/bench/detection (with --publish the page and the plot to docs as well),
// and fails when the figures fall below what is promised.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCorpus } from './corpus.ts';
import { judge, METHOD_OF_PROFILE } from './figures.ts';
import { plot } from './plot.ts';
import { markdown, summarise } from './report.ts';
import { measureThroughput } from './throughput.ts';

const SEEDS = 10;
const root = join(import.meta.dirname, '../..');
const folder = join(root, 'dist/bench/detection');

const runs = loadCorpus(SEEDS);
const since = performance.now();
const judged = runs.map((run, i) => {
  const seconds = Math.round((performance.now() - since) / 1000);
  process.stderr.write(`\r${i + 1}/${runs.length} runs judged, ${seconds} s   `);
  return judge(run);
});
process.stderr.write('\nmeasuring throughput\n');
const throughput = measureThroughput();

const heldOut = judged.filter(({ run }) => run.split === 'held-out');
const methods = Object.keys(judged[0]?.verdicts ?? {});
const summaries = methods.map((method) => summarise(heldOut, method));
const points = summaries.map(({ method, stopped, runaways, falseStops, healthy }) => ({
  name: method,
  detected: stopped / runaways,
  falseStops: falseStops / healthy,
  ours: method.startsWith('FlowForge'),
}));

mkdirSync(folder, { recursive: true });
const page = markdown(judged, throughput, SEEDS);
writeFileSync(join(folder, 'results.md'), page);
writeFileSync(
  join(folder, 'results.json'),
  `${JSON.stringify({ summaries, throughput, judged }, null, 1)}\n`,
);
const picture = plot(points, 'held-out families');
writeFileSync(join(folder, 'plot.svg'), picture);
if (process.argv.includes('--publish')) {
  writeFileSync(join(root, 'docs/detection-figures.md'), page);
  writeFileSync(join(root, 'docs/plot.svg'), picture);
}
process.stdout.write(page);

const standard = summarise(heldOut, METHOD_OF_PROFILE('standard'));
const recorded = summarise(
  heldOut.filter(({ run }) => run.source === 'recorded'),
  METHOD_OF_PROFILE('standard'),
);
const falseStops = summarise(judged, METHOD_OF_PROFILE('standard')).falseStops;
const promises: readonly (readonly [string, boolean])[] = [
  ['no healthy run of the corpus is stopped', falseStops === 0],
  ['98 % of loops and storms are stopped', standard.stopped >= 0.98 * standard.runaways],
  ['busy loops: median stop within 20 s', (standard.medianBusyStopSeconds ?? 99) <= 20],
  ['busy loops: median alert within 10 s', (standard.medianBusyAlertSeconds ?? 99) <= 10],
  ['agent loops: median stop within 60 s', (standard.medianSlowStopSeconds ?? 99) <= 60],
  ['agent streams: median alert within 30 s', (recorded.medianSlowAlertSeconds ?? 99) <= 30],
  ['500,000 lines a second on one core', throughput.detectorLinesPerSecond >= 500_000],
  ['less than 4 MB of state', throughput.stateBytes < 4 * 1024 * 1024],
];
for (const [promise, kept] of promises)
  process.stderr.write(`${kept ? 'kept' : 'BROKEN'}: ${promise}\n`);
if (promises.some(([, kept]) => !kept)) process.exitCode = 1;
