// Records workloads live, with their true resources, as traces: node bench/detection/record.ts [family…]
// One after the other, each bounded by its own time. Existing traces of the families named are replaced.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { createDetector } from '../../src/core/detection/detect.ts';
import type { OutputLine } from '../../src/core/detection/detector.ts';
import { createLineSplitter } from '../../src/core/detection/line-splitter.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { monotonicMs } from '../../src/core/time.ts';
import { createTraceRecorder } from '../../src/core/trace/trace-recorder.ts';
import { FAMILIES, type Family } from './families.ts';
import { createTreeReader } from './tree-reader.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'test/fixtures/traces');
const SEED = 20260101;
const INTERPRETERS: Readonly<Record<string, string>> = { py: 'python3', mjs: 'node', sh: 'sh' };

/** Where the trace of a family lies. */
const traceName = ({ script, name }: Family): string =>
  `${script.split('.')[0]}-${name.replaceAll('_', '-')}.trace`;

const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const family of FAMILIES.filter((f) => wanted.length === 0 || wanted.includes(f.name))) {
  process.stderr.write(`recording ${family.script} ${family.name}, ${family.seconds} s\n`);
  writeFileSync(join(folder, traceName(family)), await record(family));
}

async function record(family: Family): Promise<string> {
  const { script, name, seconds, kind, split, onsetSeconds = 0 } = family;
  const interpreter = INTERPRETERS[script.split('.')[1] ?? ''] ?? 'sh';
  const about = { family: name, kind, split, script, seed: SEED, onsetSeconds };
  const recorder = createTraceRecorder({
    text: 'full',
    cores: availableParallelism(),
    about,
    charsMax: 64e6,
  });
  const detector = createDetector(PROFILE_POLICIES.standard, recorder);
  const workload = join(root, 'test/fixtures/workloads', script);
  const child = spawn(interpreter, [workload, name, String(SEED), String(seconds)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  });
  const counts = { bytes: 0, lines: 0 };
  const since = performance.now();
  const now = () => monotonicMs(Math.round(performance.now() - since));
  const flush: (() => void)[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const splitter = createLineSplitter(stream);
    const decoder = new StringDecoder('utf8');
    const take = (line: OutputLine) => {
      if (!line.redraw) counts.lines++;
      detector.line(line, now());
    };
    child[stream].on('data', (bytes: Buffer) => {
      counts.bytes += bytes.length;
      splitter.push(decoder.write(bytes), take);
    });
    flush.push(() => splitter.end(take));
  }
  const sample = createTreeReader(child.pid ?? -1);
  const tick = () =>
    detector.tick({
      at: now(),
      sample: sample(now()),
      outputBytes: counts.bytes,
      outputLines: counts.lines,
      diskFreeShare: null,
    });
  tick();
  const timer = setInterval(tick, 1000);
  const deadline = setTimeout(() => child.kill('SIGKILL'), 1000 * seconds + 10_000);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  clearTimeout(deadline);
  for (const end of flush) end();
  tick();
  return recorder.text();
}
