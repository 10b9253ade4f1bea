// Fits the weights of output-loop on the training families and its calibration on the validation families,
// and says how well both hold. `node bench/detection/fit.ts` prints; `--write` rewrites fitted.ts.
// Families weigh equally however many runs they have; weights keep the sign that their name promises.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttemptDetector } from '../../src/core/detection/detect.ts';
import { OUTPUT_LOOP_WEIGHTS } from '../../src/core/detection/fitted.ts';
import { outputLoopIndicators } from '../../src/core/detection/rules/output-loop.ts';
import {
  filterRest,
  filterStep,
  PRIOR_LOG_ODDS,
  sigmoid,
} from '../../src/core/detection/two-state-filter.ts';
import { PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import { loadCorpus, type Run } from './corpus.ts';
import type { Split } from './families.ts';

type Weights = Record<keyof typeof OUTPUT_LOOP_WEIGHTS, number>;
const NAMES = Object.keys(OUTPUT_LOOP_WEIGHTS) as (keyof Weights)[];

/** What the fit starts from and is drawn back to: what each indicator is thought to be worth. */
const PRIOR: Weights = {
  base: -1.5,
  'stale while busy': 3,
  'stale failures': 2.5,
  'stale at a high rate': 1.5,
  'cycle at a cost': 0.8,
  'identical at a cost': 1,
  'recent progress': -1.2,
  'measured values': -1.4,
};
const PULL_TO_PRIOR = 0.02;
const STEPS = 4000;
const RATE = 0.3;
/** No evidence speaks for health: without any, a tick must not count towards a runaway. */
const BASE_MAX = -1;
const NATS_MAX = 3;
/** A loop cannot be seen before it has turned a few times. */
const RAMP_MS = 6000;
const SEEDS = 10;
/** Healthy runs are far more common outside than in a corpus made to show runaways. */
const HEALTHY_PER_RUNAWAY = 4;

interface Example {
  readonly family: string;
  readonly isRunaway: boolean;
  readonly values: readonly number[];
}

const policy = PROFILE_POLICIES.standard;
const runs = loadCorpus(SEEDS).filter((run) => run.kind === 'healthy' || run.kind === 'busy-loop');
const of = (split: Split) => runs.filter((run) => run.split === split);

const weights = fitWeights(of('train').flatMap(examplesOf));
const validation = of('validation').map((run) => ({ run, logOdds: highestLogOdds(run, weights) }));
const calibration = fitCalibration(validation);
report();
if (process.argv.includes('--write')) write();

function examplesOf(run: Run): readonly Example[] {
  const { family, kind, onsetMs } = run;
  const isRunaway = kind === 'busy-loop';
  return ticksOf(run)
    .filter(({ atMs, active }) => active && (!isRunaway || atMs >= onsetMs + RAMP_MS))
    .map(({ values }) => ({ family, isRunaway, values }));
}

/** The indicators of output-loop at each tick of a run. */
function ticksOf(run: Run) {
  const detector = new AttemptDetector(policy);
  const ticks: { atMs: number; active: boolean; seconds: number; values: readonly number[] }[] = [];
  let startedAt: number | null = null;
  for (const record of run.records) {
    if (record.type === 'line') detector.analysedLine(record.line);
    if (record.type !== 'tick') continue;
    startedAt ??= record.tick.at;
    const indicators = detector.measure(record.tick);
    const values = outputLoopIndicators(indicators, policy);
    ticks.push({
      atMs: record.tick.at - startedAt,
      active: indicators.output.lines > 0,
      seconds: Math.min(indicators.elapsedMs / 1000, 2),
      values: NAMES.map((name) => values[name]),
    });
  }
  return ticks;
}

/** Logistic regression by projected gradient descent. */
function fitWeights(examples: readonly Example[]): Weights {
  const share = familyShares(examples);
  const prior = NAMES.map((name) => PRIOR[name]);
  let current = [...prior];
  for (let step = 0; step < STEPS; step++) {
    const gradient = current.map((weight, j) => PULL_TO_PRIOR * (weight - (prior[j] ?? 0)));
    for (const { family, isRunaway, values } of examples) {
      const error = sigmoid(dot(current, values)) - (isRunaway ? 1 : 0);
      const scale = error * (share.get(family) ?? 0);
      for (let j = 0; j < values.length; j++)
        gradient[j] = (gradient[j] ?? 0) + scale * (values[j] ?? 0);
    }
    current = current.map((weight, j) => project(j, weight - RATE * (gradient[j] ?? 0), prior));
  }
  return Object.fromEntries(NAMES.map((name, j) => [name, round(current[j] ?? 0)])) as Weights;
}

function familyShares(examples: readonly Example[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { family } of examples) counts.set(family, (counts.get(family) ?? 0) + 1);
  const runaways = new Set(examples.filter((e) => e.isRunaway).map((e) => e.family));
  const healthy = counts.size - runaways.size;
  return new Map(
    [...counts].map(([family, count]) => {
      const familyShare = runaways.has(family) ? 0.5 / runaways.size : 0.5 / healthy;
      return [family, familyShare / count];
    }),
  );
}

function project(j: number, weight: number, prior: readonly number[]): number {
  if (NAMES[j] === 'base') return Math.min(BASE_MAX, weight);
  return (prior[j] ?? 0) > 0 ? Math.max(0, weight) : Math.min(0, weight);
}

function highestLogOdds(run: Run, fitted: Weights): number {
  let logOdds = PRIOR_LOG_ODDS;
  let highest = logOdds;
  for (const { active, seconds, values } of ticksOf(run)) {
    const sum = dot(
      NAMES.map((name) => fitted[name]),
      values,
    );
    const nats = Math.max(-NATS_MAX, Math.min(NATS_MAX, sum));
    logOdds = active
      ? filterStep(logOdds, (nats * seconds) / policy.detection.evidenceTauSeconds, seconds)
      : filterRest(logOdds, seconds);
    highest = Math.max(highest, logOdds);
  }
  return highest;
}

interface Outcome {
  readonly run: Run;
  readonly logOdds: number;
}

/** Platt: the slope and shift that make confidences come true on the validation runs. */
function fitCalibration(outcomes: readonly Outcome[]): { slope: number; shift: number } {
  const weighted = weigh(outcomes);
  // Drawn back to a slope that alerts at half the evidence of a stop.
  const prior = { slope: 0.6, shift: 2 };
  let { slope, shift } = prior;
  for (let step = 0; step < STEPS; step++) {
    let slopeGradient = PULL_TO_PRIOR * 5 * (slope - prior.slope);
    let shiftGradient = PULL_TO_PRIOR * 5 * (shift - prior.shift);
    for (const { logOdds, isRunaway, weight } of weighted) {
      const error = weight * (sigmoid(slope * logOdds + shift) - (isRunaway ? 1 : 0));
      slopeGradient += error * logOdds;
      shiftGradient += error;
    }
    slope -= 0.02 * slopeGradient;
    shift -= 0.02 * shiftGradient;
  }
  return { slope: round(slope), shift: round(shift) };
}

function weigh(outcomes: readonly Outcome[]) {
  const runaways = outcomes.filter(({ run }) => run.kind !== 'healthy').length;
  const healthy = outcomes.length - runaways;
  return outcomes.map(({ run, logOdds }) => {
    const isRunaway = run.kind !== 'healthy';
    const share = isRunaway ? 1 / runaways : HEALTHY_PER_RUNAWAY / healthy;
    return { logOdds, isRunaway, weight: share / (1 + HEALTHY_PER_RUNAWAY) };
  });
}

function report(): void {
  const { slope, shift } = calibration;
  print(
    `training runs ${of('train').length}, validation runs ${validation.length}, ${SEEDS} seeds`,
  );
  for (const name of NAMES) print(`${name.padEnd(24)} ${weights[name]}`);
  print(`calibration: sigmoid(${slope} · log odds + ${shift})`);
  const weighted = weigh(validation).map((o) => ({ ...o, p: sigmoid(slope * o.logOdds + shift) }));
  const brier = weighted.reduce((sum, o) => sum + o.weight * (o.p - (o.isRunaway ? 1 : 0)) ** 2, 0);
  print(
    `Brier score on validation: ${brier.toFixed(4)} (0 is perfect, ${(0.2 * 0.8).toFixed(2)} knows nothing)`,
  );
  print('confidence   runs   of them runaways');
  for (const [from, to] of [
    [0, 0.2],
    [0.2, 0.5],
    [0.5, 0.7],
    [0.7, 0.95],
    [0.95, 1.01],
  ] as const) {
    const bin = weighted.filter(({ p }) => p >= from && p < to);
    const hits = bin.filter(({ isRunaway }) => isRunaway).length;
    print(
      `${`${100 * from} to ${Math.min(100, 100 * to).toFixed(0)}`.padEnd(12)} ${String(bin.length).padEnd(6)} ${hits}`,
    );
  }
  const known = JSON.stringify(weights) === JSON.stringify(OUTPUT_LOOP_WEIGHTS);
  print(known ? 'fitted.ts holds these weights' : 'fitted.ts holds other weights');
}

function write(): void {
  const path = join(import.meta.dirname, '../../src/core/detection/fitted.ts');
  const lines = NAMES.map((name) => `  ${/\W/.test(name) ? `'${name}'` : name}: ${weights[name]},`);
  writeFileSync(
    path,
    `// Numbers fitted to recorded runs by \`node bench/detection/fit.ts --write\`; see docs/detection.md. Not edited by hand.

/** Nats per second of evidence for each indicator of \`output-loop\`, before tempering. */
export const OUTPUT_LOOP_WEIGHTS = {
${lines.join('\n')}
} as const;

/** Platt calibration: confidence = sigmoid(slope · log odds + shift). */
export const CALIBRATION = { slope: ${calibration.slope}, shift: ${calibration.shift} } as const;
`,
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
