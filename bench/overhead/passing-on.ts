// Output on its way through: how much slower a job's output gets by being guarded.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Bench, guarded } from './bench.ts';
import { type Sink, timed } from './command.ts';
import { type Measure, US, type Way } from './measure.ts';

const PLAIN_COPY = join(import.meta.dirname, 'plain-copy.js');
const GB = 1e9;
const NODE_CPU = { figure: 'Node CPU, % of the wall time', atMost: 5 };

const ZEROS = `head -c ${2 * GB} /dev/zero`;
/** The same 64 MB of noise again and again: making a gigabyte of it would take longer than copying it. */
const noise = (bench: Bench): string =>
  `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat ${bench.path('noise')}; done`;

export const passingOn: readonly Measure[] = [
  bulk('zeros-to-pipe', '2 GB of zeros, to a pipe', { job: () => ZEROS, sink: () => 'pipe' }),
  bulk('zeros-to-file', '2 GB of zeros, to a file', {
    job: () => ZEROS,
    sink: (bench) => ({ file: bench.path('out') }),
  }),
  bulk('noise-to-pipe', '1 GB of random bytes, to a pipe', { job: noise, sink: () => 'pipe' }),
  bulk('noise-to-file', '1 GB of random bytes, to a file', {
    job: noise,
    sink: (bench) => ({ file: bench.path('out') }),
  }),
  {
    id: 'lines',
    work: '5,000,000 lines of 70 bytes, analysed',
    unit: 'ms',
    rounds: 3,
    reference: 'plain Node copy',
    ratioAtMost: 1.2,
    async ways(bench) {
      await writeLines(bench.path('lines'), 5_000_000);
      return throughEach(bench, ['cat', bench.path('lines')], 'pipe');
    },
  },
  {
    id: 'flushed-lines',
    work: '100,000 lines, each flushed',
    unit: 'ms',
    rounds: 5,
    reference: 'direct',
    ratioAtMost: 1.2,
    ways: (bench) =>
      throughEach(
        bench,
        ['python3', '-c', 'import os\nfor i in range(100000): os.write(1, b"step %d done\\n" % i)'],
        'pipe',
      ),
  },
];

function bulk(
  id: string,
  work: string,
  { job, sink }: { job: (bench: Bench) => string; sink: (bench: Bench) => Sink },
): Measure {
  return {
    ...{ id, work, unit: 'ms', rounds: 5, reference: 'cat', bounds: [NODE_CPU] },
    // 0.9 of the throughput
    ratioAtMost: 1 / 0.9,
    async ways(bench) {
      await writeNoise(bench.path('noise'), 64e6);
      return throughEach(bench, ['sh', '-c', job(bench)], sink(bench));
    },
  };
}

/** The same command alone and through everything that passes output on. */
function throughEach(bench: Bench, command: readonly string[], sink: Sink): Way[] {
  const { peers, node } = bench;
  const through = (program: string): string[] => [
    'sh',
    '-c',
    `"$@" | ${program}`,
    'sh',
    ...command,
  ];
  const way = (name: string, argv: readonly string[]): Way => ({
    name,
    run: () => timed(bench, argv, sink),
  });
  return [
    way('direct', command),
    way('cat', through('cat')),
    ...(peers.tee ? [way('tee', through('tee /dev/null'))] : []),
    ...(peers.timeout ? [way('timeout', [peers.timeout, '600', ...command])] : []),
    ...(peers.script
      ? [way('script', [peers.script, '-qec', shellWords(command), '/dev/null'])]
      : []),
    way('plain Node copy', [node, PLAIN_COPY, ...command]),
    way(US, guarded(bench, command)),
  ];
}

/** The command as one line for a shell. */
const shellWords = (command: readonly string[]): string =>
  command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

async function writeNoise(path: string, bytes: number): Promise<void> {
  const out = createWriteStream(path);
  for (let left = bytes; left > 0; left -= 65_536)
    out.write(crypto.getRandomValues(Buffer.alloc(65_536)));
  out.end();
  await finished(out);
}

/** A log that says something new in each line, as training does. */
async function writeLines(path: string, count: number): Promise<void> {
  const out = createWriteStream(path);
  const PER_WRITE = 10_000;
  for (let from = 0; from < count; from += PER_WRITE) {
    const lines = Array.from({ length: PER_WRITE }, (_, i) =>
      `step ${from + i} loss ${(3 / (1 + (from + i) / 1e5)).toFixed(6)} lr 0.0003 tokens/s ${90_000 + ((from + i) % 977)}`.padEnd(
        69,
        '.',
      ),
    );
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}
