// Everything the detector is judged by, as runs: traces recorded live, logs of real work, and synthetic
// output. A run is the sequence of what a detector is given, with what it truly was.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputLine } from '../../src/core/detection/detector.ts';
import type { TreeSample } from '../../src/core/detection/sample.ts';
import type { RunLimits } from '../../src/core/policy/policy.ts';
import { monotonicMs } from '../../src/core/time.ts';
import type { TraceRecord } from '../../src/core/trace/trace.ts';
import { parseTrace } from '../../src/core/trace/trace-parser.ts';
import { FAMILIES, type Kind, type Split } from './families.ts';
import type { TimedLine } from './story.ts';
import { type SyntheticRun, syntheticRuns } from './synthetic.ts';

export type Source = 'recorded' | 'log' | 'synthetic';

export interface Run {
  readonly name: string;
  readonly family: string;
  readonly kind: Kind;
  readonly split: Split;
  readonly source: Source;
  readonly onsetMs: number;
  readonly limits: Partial<RunLimits>;
  readonly records: readonly TraceRecord[];
}

const folder = join(import.meta.dirname, '../../test/fixtures/traces');

/** What is assumed of recorded logs, whose pace and CPU were not kept. */
export const LOG_PACE = {
  training: 4,
  tests: 30,
  cpuPercent: 100,
  secondsPerAgentStep: 5,
} as const;

/** The runs of the whole corpus. `seeds`: how many variants of each synthetic family. */
export function loadCorpus(seeds: number): readonly Run[] {
  return [
    ...recordedRuns(),
    ...logRuns('training', LOG_PACE.training),
    ...logRuns('tests', LOG_PACE.tests),
    ...agentRuns(),
    ...syntheticRuns(Array.from({ length: seeds }, (_, i) => i + 1)).map(synthetic),
  ];
}

function recordedRuns(): readonly Run[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.trace'))
    .map((name) => {
      const { header, records } = parseTrace(readFileSync(join(folder, name), 'utf8'));
      const { family, script, onsetSeconds } = header.about;
      const entry = FAMILIES.find((f) => f.name === family && f.script === script);
      if (!entry) throw new Error(`${name}: no family ${family} of ${script}`);
      const { kind, split, limits = {} } = entry;
      return {
        name,
        family: `${String(family).replaceAll('_', ' ')} (${script})`,
        kind,
        split,
        source: 'recorded',
        onsetMs: 1000 * Number(onsetSeconds),
        limits,
        records: [...records],
      } as const;
    });
}

function logRuns(kind: 'training' | 'tests', linesPerSecond: number): readonly Run[] {
  return filesOf(kind, '.log').map(({ name, text }) => ({
    name,
    family: `${kind} logs`,
    kind: 'healthy',
    split: 'held-out',
    source: 'log',
    onsetMs: 0,
    limits: {},
    records: paced(
      text.split(/\r?\n/).map((line, i) => ({ at: i / linesPerSecond, text: line })),
      LOG_PACE.cpuPercent,
    ),
  }));
}

/** Trajectories of an agent, told as the calls and results they were. */
function agentRuns(): readonly Run[] {
  return filesOf('agent', '.traj').map(({ name, text }) => {
    const lines = stepsOf(JSON.parse(text) as Trajectory).flatMap(({ action, observation }, i) => {
      const at = i * LOG_PACE.secondsPerAgentStep;
      const call = { type: 'tool_use', id: `t${i}`, name: 'Bash', input: { command: action } };
      const answer = { type: 'tool_result', tool_use_id: `t${i}`, content: observation };
      return [
        {
          at,
          text: JSON.stringify({ type: 'assistant', message: { id: `m${i}`, content: [call] } }),
        },
        { at: at + 1, text: JSON.stringify({ type: 'user', message: { content: [answer] } }) },
      ];
    });
    return {
      name,
      family: 'agent trajectories',
      kind: 'healthy',
      split: 'held-out',
      source: 'log',
      onsetMs: 0,
      limits: {},
      records: paced(lines, 5),
    };
  });
}

interface Step {
  readonly action: string;
  readonly observation: string;
}

interface Trajectory {
  readonly trajectory?: readonly Step[];
  /** The older form: what the agent did, each followed by what it was answered. */
  readonly history?: readonly {
    readonly role: string;
    readonly content: string;
    readonly action?: string;
  }[];
}

function stepsOf({ trajectory, history = [] }: Trajectory): readonly Step[] {
  if (trajectory) return trajectory;
  return history.flatMap(({ action }, i) =>
    action === undefined ? [] : [{ action, observation: history[i + 1]?.content ?? '' }],
  );
}

function filesOf(kind: string, ending: string) {
  const logs = join(folder, 'logs', kind);
  return readdirSync(logs)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ name, text: readFileSync(join(logs, name), 'utf8') }));
}

const synthetic = (run: SyntheticRun, i: number): Run => ({
  name: `${run.family} ${i}`,
  family: run.family,
  kind: run.kind,
  split: run.split,
  source: 'synthetic',
  onsetMs: 1000 * run.onsetSeconds,
  limits: {},
  records: paced(run.lines, run.cpuPercent),
});

/** Ticks every second between lines that have their instants, on a tree with a steady demand for CPU. */
function paced(lines: readonly TimedLine[], cpuPercent: number): readonly TraceRecord[] {
  const records: TraceRecord[] = [];
  const counts = { second: 0, bytes: 0, lines: 0 };
  const tick = () => {
    records.push(steadyTick(counts.second, cpuPercent, counts));
    counts.second++;
  };
  tick();
  for (const { at, text, redraw = false } of lines) {
    while (at >= counts.second) tick();
    const line: OutputLine = { stream: 'stdout', text, redraw };
    records.push({ type: 'line', line });
    counts.bytes += text.length + 1;
    if (!redraw) counts.lines++;
  }
  tick();
  return records;
}

function steadyTick(
  second: number,
  cpuPercent: number,
  { bytes, lines }: { readonly bytes: number; readonly lines: number },
): TraceRecord {
  const at = monotonicMs(1000 * second);
  const sample: TreeSample = {
    at,
    cpuMs: 10 * cpuPercent * second,
    waitMs: 0,
    rssBytes: 50e6,
    pssBytes: null,
    processCount: 1,
    threadCount: 1,
    fdCount: 10,
    fdLimit: null,
    readBytes: 0,
    writeBytes: bytes,
    minorFaults: 0,
    voluntarySwitches: 0,
    births: 1,
    members: [],
  };
  return {
    type: 'tick',
    tick: { at, sample, outputBytes: bytes, outputLines: lines, diskFreeShare: null },
  };
}
