// npm run bench:overhead: what FlowForge costs beside a plain pipe, cat, tee, timeout, a plain Node copy, PM2 and
// supervisord, on the same work in the same minutes. Exits 1 where a bound is missed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { analysing } from './analysing.ts';
import { openBench } from './bench.ts';
import { deciding } from './deciding.ts';
import { flooding } from './flooding.ts';
import { type Measure, type Result, take } from './measure.ts';
import { passingOn } from './passing-on.ts';
import { installPeers } from './peers.ts';
import { machine, markdown, picture } from './report.ts';
import { resting } from './resting.ts';
import { starting } from './starting.ts';
import { stopping } from './stopping.ts';
import { storing } from './storing.ts';

const HELP = `Examples:
  npm run bench:overhead
  npm run bench:overhead -- --only start-run,flushed-lines
  npm run bench:smoke
  npm run bench:overhead -- --json before.json;  npm run bench:overhead -- --baseline before.json

  --only <ids>        these measures only, by id, separated by commas
  --scale <share>     of the rounds and sizes, 0.05 to 1 (default 1)
  --smoke             less than a minute: a few measures, and only what is far beyond its bound counts
  --install-peers     fetch PM2 and supervisord first, for the comparison
  --json <file>       write the figures
  --baseline <file>   say what moved since those figures
  --write             write docs/PERFORMANCE.md's table and picture
  --list              the ids
`;
/** What a short look takes, and twice the ratio that a quiet machine shows (docs/PERFORMANCE.md). */
const SMOKE_RATIOS: Readonly<Record<string, number>> = {
  'start-run': 8,
  'start-help': 4,
  'flushed-lines': 12,
  'long-64k': 2,
  'append-durable': 3,
  'append-grouped': 5,
  'stop-500': 4,
};
const SMOKE = Object.keys(SMOKE_RATIOS).join(',');
const SMOKE_SCALE = 0.3;
const DOCS = resolve(import.meta.dirname, '../../docs');
const MEASURES: readonly Measure[] = [
  ...starting,
  ...passingOn,
  ...analysing,
  ...storing,
  deciding,
  stopping,
  ...resting,
  flooding,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    'install-peers': { type: 'boolean' },
    json: { type: 'string' },
    baseline: { type: 'string' },
    write: { type: 'boolean' },
    smoke: { type: 'boolean' },
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) out(HELP);
else if (values.list)
  out(`${MEASURES.map(({ id, work }) => `${id.padEnd(16)}${work}`).join('\n')}\n`);
else await main();

async function main(): Promise<void> {
  const wanted = chosen(values.smoke ? SMOKE : values.only);
  const scale = values.smoke ? SMOKE_SCALE : Number(values.scale);
  if (!(scale >= 0.05 && scale <= 1)) fail('--scale is not from 0.05 to 1');
  if (values['install-peers']) installPeers(progress);
  const bench = openBench(scale);
  const results: Result[] = [];
  try {
    for (const [index, measure] of wanted.entries()) {
      const step = `[${index + 1}/${wanted.length}] ${measure.work}`;
      results.push(await take(measure, bench, (round) => progress(`${step}: round ${round}`)));
    }
  } finally {
    bench.close();
  }
  publish(results);
  const isBad = values.smoke ? isFarOff : isMissed;
  for (const { work } of results.filter(isBad)) progress(`beyond its bound: ${work}`);
  if (results.some(isBad)) process.exitCode = 1;
}

function isMissed({ isReached }: Result): boolean {
  return isReached === false;
}

/** On a busy machine a short look says little: what is twice its usual cost has changed. */
function isFarOff({ id, ours, ways }: Result): boolean {
  const ratio = ways.find(({ name }) => name === ours)?.ratio.median ?? Number.NaN;
  return !(ratio <= (SMOKE_RATIOS[id] ?? Number.NaN));
}

function publish(results: readonly Result[]): void {
  const table = markdown(results);
  out(`${machine()}\n\n${table}`);
  const figures = `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`;
  if (values.json) writeFileSync(values.json, figures);
  if (values.write) writeDocs(table, results);
  if (values.baseline) out(moved(values.baseline, results));
}

function chosen(only: string | undefined): readonly Measure[] {
  if (only === undefined) return MEASURES;
  const ids = only.split(',');
  const unknown = ids.find((id) => MEASURES.every((measure) => measure.id !== id));
  if (unknown !== undefined) fail(`there is no measure “${unknown}”; --list names them`);
  return MEASURES.filter(({ id }) => ids.includes(id));
}

/** What differs from the figures in a file by more than both spreads. */
function moved(file: string, results: readonly Result[]): string {
  const before = (JSON.parse(readFileSync(file, 'utf8')) as { results: readonly Result[] }).results;
  const lines = results.flatMap((result) => {
    const old = before
      .find(({ id }) => id === result.id)
      ?.ways.find(({ name }) => name === result.ours);
    const now = result.ways.find(({ name }) => name === result.ours);
    if (!old || !now) return [];
    const isSlower = now.ratio.low > old.ratio.high;
    const isFaster = now.ratio.high < old.ratio.low;
    if (!isSlower && !isFaster) return [];
    const change = `${old.ratio.median.toFixed(2)}× → ${now.ratio.median.toFixed(2)}×`;
    return [`${isSlower ? 'slower' : 'faster'}: ${result.work}: ${change}`];
  });
  return `\n${lines.length > 0 ? lines.join('\n') : `nothing moved beyond its spread since ${file}`}\n`;
}

/** Puts table and picture where docs/PERFORMANCE.md shows them; its words are written by hand. */
function writeDocs(table: string, results: readonly Result[]): void {
  const page = join(DOCS, 'PERFORMANCE.md');
  const text = readFileSync(page, 'utf8');
  const begin = '<!-- figures -->\n';
  const end = '<!-- /figures -->';
  const [before = ''] = text.split(begin);
  const [, rest = ''] = text.split(end);
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(page, `${before}${begin}${machine()}; ${day}.\n\n${table}\n${end}${rest}`);
  writeFileSync(join(DOCS, 'performance.svg'), picture(results));
}

function progress(line: string): void {
  const { stderr } = process;
  stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

function out(text: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  process.stdout.write(text);
}

function fail(sentence: string): never {
  process.stderr.write(`bench:overhead: ${sentence}\n`);
  process.exit(2);
}
