// What `npm run bench` measures: the steps that every line, every second and every event goes through.

import { type ChildProcess, spawn } from 'node:child_process';
import { TreeSampler } from '../../src/adapters/process/tree-sampler.ts';
import { walkTree } from '../../src/adapters/process/tree-walk.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { AttemptDetector } from '../../src/core/detection/detect.ts';
import { LineMask } from '../../src/core/detection/mask.ts';
import type { TreeSample } from '../../src/core/detection/sample.ts';
import type { RunId } from '../../src/core/id.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { createRedactor } from '../../src/core/redaction/redactor.ts';
import { monotonicMs } from '../../src/core/time.ts';
import { anEvent, countingIds, scratch } from '../../test/support/evidence.ts';

/** One thing to measure: `work` does it `perCall` times. */
export interface Subject {
  readonly name: string;
  /** What a figure is of: a line, a decision, … */
  readonly unit: string;
  readonly perCall: number;
  readonly work: () => void;
  readonly close: () => void;
}

type Prepare = () => Subject | Promise<Subject>;

/** Every subject by name; preparing one may start processes and make files, closing it ends them. */
export const SUBJECTS: Readonly<Record<string, Prepare>> = {
  normalisation,
  redaction,
  'detection-runaway': () => detection('detection-runaway', runawayLine),
  'detection-healthy': () => detection('detection-healthy', healthyLine),
  'event-append-durable': () => append('durable'),
  'event-append-grouped': () => append('grouped'),
  'timeline-query': timeline,
  'sample-50-processes': sampling,
};

const nothing = (): void => {};

const runawayLine = (i: number): string =>
  `processing request 4242 failed, retrying endlessly at 2026-01-01T10:00:${String(i % 60).padStart(2, '0')}Z`;

const HEALTHY = [
  'webhook delivered to',
  'cache compacted, segment',
  'fetched metadata of object',
  'verified signature of',
  'streamed rows up to',
  'rotated the token of tenant',
  'health probe answered by',
  'flags refreshed, generation',
  'batch finished, id',
  'index rebuilt for shard',
] as const;

const healthyLine = (i: number): string =>
  `${HEALTHY[i % HEALTHY.length]} ${i * 7919} in ${(i * 31) % 977} ms at 2026-01-01T10:${String(((i / 60) % 60) | 0).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}Z`;

const LINES = 1_000;
const mixed = (): readonly string[] =>
  Array.from({ length: LINES }, (_, i) => (i % 2 === 0 ? runawayLine(i) : healthyLine(i)));

function normalisation(): Subject {
  const mask = new LineMask();
  const lines = mixed();
  const work = (): void => {
    for (const line of lines) mask.read(line);
  };
  return { name: 'normalisation', unit: 'line', perCall: LINES, work, close: nothing };
}

function redaction(): Subject {
  const redactor = createRedactor({
    secrets: [{ name: 'DB_PASSWORD', value: 'correct-horse-battery-staple' }],
    fingerprint: () => '00000000',
  });
  const lines = mixed();
  const work = (): void => {
    for (const line of lines) redactor.text(line);
  };
  return { name: 'redaction', unit: 'line', perCall: LINES, work, close: nothing };
}

const LINES_PER_DECISION = 10;

/** Ten lines and the tick that judges them, again and again: what one second of a busy job costs. */
function detection(name: string, lineOf: (i: number) => string): Subject {
  const detector = new AttemptDetector(PROFILE_POLICIES.standard);
  let second = 0;
  let bytes = 0;
  const work = (): void => {
    second++;
    for (let i = 0; i < LINES_PER_DECISION; i++) {
      const text = lineOf(second * LINES_PER_DECISION + i);
      bytes += text.length + 1;
      detector.line({ stream: 'stdout', text, redraw: false });
    }
    detector.tick({
      at: monotonicMs(second * 1_000),
      sample: busy(second),
      outputBytes: bytes,
      outputLines: second * LINES_PER_DECISION,
      diskFreeShare: 0.5,
    });
  };
  return { name, unit: 'decision of ten lines', perCall: 1, work, close: nothing };
}

const busy = (second: number): TreeSample => ({
  at: monotonicMs(second * 1_000),
  cpuMs: second * 960,
  waitMs: second * 5,
  rssBytes: 60_000_000 + (second % 7) * 4_096,
  pssBytes: null,
  processCount: 2,
  threadCount: 8,
  fdCount: 12,
  fdLimit: 1024,
  readBytes: 0,
  writeBytes: second * 1_000,
  minorFaults: second * 10,
  voluntarySwitches: second * 20,
  births: 2,
  members: [],
});

const GROUP = 256;

function append(commit: 'durable' | 'grouped'): Subject {
  const place = scratch();
  const store = openStore({ path: place.path('bench.db'), clock: systemClock, ids: countingIds });
  const work =
    commit === 'durable'
      ? () => void store.log.append([anEvent('action.intended')], 'durable')
      : () => {
          for (let i = 0; i < GROUP; i++) store.log.append([anEvent('decision.made')], 'grouped');
          store.flush();
        };
  const close = (): void => {
    store.close();
    place.remove();
  };
  const perCall = commit === 'durable' ? 1 : GROUP;
  return { name: `event-append-${commit}`, unit: 'event', perCall, work, close };
}

const STORED_EVENTS = 20_000;
const RUNS = 100;

/** A page of the timeline out of twenty thousand events. */
function timeline(): Subject {
  const place = scratch();
  const store = openStore({ path: place.path('bench.db'), clock: systemClock, ids: countingIds });
  for (let i = 0; i < STORED_EVENTS; i++) {
    const runId = `run_${i % RUNS}` as RunId;
    store.log.append([anEvent('decision.made', {}, { runId })], 'grouped');
  }
  store.flush();
  const work = (): void => void store.reader.timeline({ limit: 50 });
  const close = (): void => {
    store.close();
    place.remove();
  };
  return { name: 'timeline-query', unit: 'page of 50', perCall: 1, work, close };
}

const PROCESSES = 50;

async function sampling(): Promise<Subject> {
  const script = `for i in $(seq ${PROCESSES - 1}); do sleep 1000 & done; echo up; wait`;
  const tree = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((up) => tree.stdout?.once('data', up));
  const pid = tree.pid ?? 0;
  const sampler = new TreeSampler({
    members: () => walkTree([pid], true),
    reapedCpuMs: () => 0,
    now: () => systemClock.monotonic(),
  });
  const seen = sampler.sample()?.processCount;
  if (seen !== PROCESSES) {
    end(tree);
    throw new Error(`the tree has ${seen} processes instead of ${PROCESSES}`);
  }
  const work = (): void => void sampler.sample();
  return { name: 'sample-50-processes', unit: 'sample', perCall: 1, work, close: () => end(tree) };
}

function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
