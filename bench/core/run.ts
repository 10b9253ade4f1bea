// npm run bench: ns and bytes per line, decision, event, query and sample.
//   npm run -s bench -- --json > before.json          keeps the figures
//   npm run bench -- --baseline before.json           compares with them and says what moved
//   npm run bench -- --only normalisation --rounds 9  some subjects, more rounds
//
// The subjects take turns, round after round, so that a busy machine slows all of them alike; a figure is the median
// over the rounds, its noise the spread of the rounds.

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { measure } from 'mitata';
import { compare, type Figure, figureOf, type Move } from './compare.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    baseline: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
  },
});
const ROUND_NS = 150e6;

const names = values.only?.split(',') ?? Object.keys(SUBJECTS);
const subjects: Subject[] = [];
try {
  for (const name of names) {
    const prepare = SUBJECTS[name];
    if (!prepare) throw new Error(`--only: the subjects are ${Object.keys(SUBJECTS).join(', ')}`);
    subjects.push(await prepare());
  }
  report(await measureAll());
} finally {
  for (const { close } of subjects) close();
}

async function measureAll(): Promise<readonly Figure[]> {
  const times = new Map<string, number[]>();
  const heaps = new Map<string, number[]>();
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const { name, work, perCall } of subjects) {
      tellProgress(`round ${round}: ${name}`);
      globalThis.gc?.();
      const stats = await measure(work, { heap: heapBytes, min_cpu_time: ROUND_NS });
      times.set(name, [...(times.get(name) ?? []), stats.p50 / perCall]);
      if (stats.heap) heaps.set(name, [...(heaps.get(name) ?? []), stats.heap.avg / perCall]);
    }
  }
  tellProgress('');
  return subjects.map((it) => figureOf(it, times.get(it.name) ?? [], heaps.get(it.name) ?? []));
}

function tellProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}

function heapBytes(): number {
  const { used_heap_size: used, malloced_memory: malloced } = getHeapStatistics();
  return used + malloced;
}

function report(figures: readonly Figure[]): void {
  const before = values.baseline === undefined ? null : read(values.baseline);
  const moves = before ? compare(figures, before) : [];
  if (values.json) {
    const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
    print(JSON.stringify({ machine, figures, moves }, null, 2));
    return;
  }
  for (const figure of figures) {
    const move = moves.find(({ name }) => name === figure.name);
    print(`${figure.name.padEnd(22)} ${timeOf(figure)}  ${heapOf(figure)}  ${movedOf(move)}`);
  }
}

function read(path: string): readonly Figure[] {
  return JSON.parse(readFileSync(path, 'utf8')).figures;
}

function timeOf({ ns, noiseNs, unit }: Figure): string {
  const noise = ((100 * noiseNs) / ns).toFixed(0).padStart(2);
  return `${ns.toFixed(0).padStart(9)} ns ± ${noise} % per ${unit}`.padEnd(46);
}

function heapOf({ bytes }: Figure): string {
  return (bytes === null ? '' : `${Math.round(bytes)} bytes`).padStart(13);
}

function movedOf(move: Move | undefined): string {
  if (move === undefined || move.verdict === 'new') return '';
  const flag = move.verdict === 'same' ? '' : '  <<<';
  return `${move.ratio.toFixed(2)}x, ${move.sigmas.toFixed(1)} sigma: ${move.verdict}${flag}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
