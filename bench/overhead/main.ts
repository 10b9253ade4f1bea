// npm run bench:overhead: what FlowForge costs beside a plain pipe, cat, tee, timeout, a plain Node copy, PM2 and
// supervisord, on the same work in the same minutes. Exits 1 where a bound is missed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { analysing } from './analysing.ts';
import { openBench } from './bench.ts';
import { flooding } from './flooding.ts';
import { type Measure, type Result, take, US } from './measure.ts';
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
  npm run bench:overhead -- --json before.json;  npm run bench:overhead -- --baseline before.json

  --only <ids>        these measures only, by id, separated by commas
  --scale <share>     of the rounds and sizes, 0.05 to 1 (default 1)
  --install-peers     fetch PM2 and supervisord first, for the comparison
  --json <file>       write the figures
  --baseline <file>   say what moved since those figures
  --write             write docs/PERFORMANCE.md's table and picture
  --list              the ids
`;
const DOCS = resolve(import.meta.dirname, '../../docs');
const MEASURES: readonly Measure[] = [
  ...starting,
  ...passingOn,
  ...analysing,
  ...storing,
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
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) out(HELP);
else if (values.list)
  out(`${MEASURES.map(({ id, work }) => `${id.padEnd(16)}${work}`).join('\n')}\n`);
else await main();

async function main(): Promise<void> {
  const wanted = chosen(values.only);
  const scale = Number(values.scale);
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
  const table = markdown(results);
  out(`${machine()}\n\n${table}`);
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
  if (values.write) writeDocs(table, results);
  if (values.baseline) out(moved(values.baseline, results));
  if (results.some(({ isReached }) => isReached === false)) process.exitCode = 1;
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
    const old = before.find(({ id }) => id === result.id)?.ways.find(({ name }) => name === US);
    const now = result.ways.find(({ name }) => name === US);
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
