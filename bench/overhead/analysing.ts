// The detector's core: lines a second against splitting alone, and long lines against short ones, byte for byte.

import { AttemptDetector } from '../../src/core/detection/detect.ts';
import { createLineSplitter } from '../../src/core/detection/line-splitter.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { type Measure, type Reading, US, type Way } from './measure.ts';

const CHUNK = 65_536;
const LINES = 200_000;

export const analysing: readonly Measure[] = [
  {
    id: 'core',
    work: 'lines through the detector',
    unit: 'µs of CPU per line',
    rounds: 9,
    reference: 'line splitter',
    ratioAtMost: null,
    // 500,000 lines a second
    bounds: [{ figure: 'µs per line', atMost: 2 }],
    ways() {
      const text = lines(70, LINES * 70);
      const perLine = (work: () => void): Reading => {
        const cost = cpuUs(work) / LINES;
        return { cost, figures: { 'µs per line': cost } };
      };
      return [
        { name: 'line splitter', run: () => perLine(() => split(text, () => {})) },
        { name: US, run: () => perLine(() => analyse(text)) },
      ];
    },
  },
  long('long-4k', 'lines of 4 kB', 4_096, 64e6),
  long('long-64k', 'lines of 64 KB', 65_536, 64e6),
  long('long-1g', 'one line of 1 GB', 1e9, 1e9),
];

function long(id: string, work: string, lineBytes: number, bytes: number): Measure {
  return {
    ...{ id, work, unit: 'ns of CPU per byte', rounds: 5, ratioAtMost: 1.5 },
    reference: 'lines of 70 bytes',
    ways({ scale }) {
      const short = lines(70, 14e6);
      const part = lines(lineBytes, Math.min(bytes, 16e6));
      const times = Math.max(1, Math.round((bytes * scale) / part.length));
      const way = (name: string, text: string, repeats: number): Way => ({
        name,
        run: () => ({
          cost: (cpuUs(() => analyse(text, repeats)) * 1000) / (text.length * repeats),
        }),
      });
      return [way('lines of 70 bytes', short, 1), way(US, part, times)];
    },
  };
}

function analyse(text: string, times = 1): void {
  const attempt = new AttemptDetector(PROFILE_POLICIES.standard);
  const splitter = createLineSplitter('stdout');
  for (let time = 0; time < times; time++)
    for (let from = 0; from < text.length; from += CHUNK)
      splitter.push(text.slice(from, from + CHUNK), (line) => attempt.analysedLine(line));
}

function split(text: string, onLine: () => void): void {
  const splitter = createLineSplitter('stdout');
  for (let from = 0; from < text.length; from += CHUNK)
    splitter.push(text.slice(from, from + CHUNK), onLine);
}

/** Text of `bytes` characters in lines of `lineBytes`, each with something new in it; one longer than all has no end. */
function lines(lineBytes: number, bytes: number): string {
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; length < bytes; i++) {
    const word = `step ${i} loss ${(3 / (1 + i / 1e5)).toFixed(6)} took ${(i * 7) % 997}ms on worker-${i % 8} `;
    const isLast = lineBytes < 1e8;
    const line = isLast
      ? `${word.repeat(Math.ceil(lineBytes / word.length)).slice(0, lineBytes - 1)}\n`
      : word;
    parts.push(line);
    length += line.length;
  }
  return parts.join('');
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
