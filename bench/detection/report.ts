// The figures as a page a person reads.

import type { Kind } from './families.ts';
import {
  type FamilyFigures,
  figuresByFamily,
  type JudgedRun,
  METHOD_OF_PROFILE,
  quantile,
  wilson,
} from './figures.ts';
import type { Throughput } from './throughput.ts';

const STANDARD = METHOD_OF_PROFILE('standard');
const LOOPS: readonly Kind[] = ['busy-loop', 'retry-storm', 'agent-loop'];

export interface Summary {
  readonly method: string;
  readonly runaways: number;
  readonly stopped: number;
  readonly healthy: number;
  readonly falseStops: number;
  /** 95 % interval of the share of false stops. */
  readonly falseStopsBetween: readonly [number, number];
  readonly medianBusyStopSeconds: number | null;
  readonly medianBusyAlertSeconds: number | null;
  readonly medianSlowStopSeconds: number | null;
  readonly medianSlowAlertSeconds: number | null;
  readonly wastedCpuSeconds: number;
}

/** One method over the loops and storms, and the healthy runs, of some judged runs. */
export function summarise(judged: readonly JudgedRun[], method: string): Summary {
  const verdicts = (kinds: readonly Kind[]) =>
    judged.filter(({ run }) => kinds.includes(run.kind)).flatMap((j) => j.verdicts[method] ?? []);
  const stops = (kinds: readonly Kind[]) => verdicts(kinds).flatMap(({ stopMs }) => stopMs ?? []);
  const alerts = (kinds: readonly Kind[]) =>
    verdicts(kinds).flatMap(({ alertMs }) => alertMs ?? []);
  const loops = verdicts(LOOPS);
  const healthy = verdicts(['healthy']);
  const falseStops = healthy.filter(({ stopMs }) => stopMs !== null).length;
  return {
    method,
    runaways: loops.length,
    stopped: stops(LOOPS).length,
    healthy: healthy.length,
    falseStops,
    falseStopsBetween: wilson(falseStops, healthy.length),
    medianBusyStopSeconds: quantile(stops(['busy-loop']), 0.5),
    medianBusyAlertSeconds: quantile(alerts(['busy-loop']), 0.5),
    medianSlowStopSeconds: quantile(stops(['agent-loop']), 0.5),
    medianSlowAlertSeconds: quantile(alerts(['agent-loop']), 0.5),
    wastedCpuSeconds: loops.reduce((sum, { wastedCpuMs }) => sum + wastedCpuMs / 1000, 0),
  };
}

/** The whole page in Markdown. */
export function markdown(
  judged: readonly JudgedRun[],
  throughput: Throughput,
  seeds: number,
): string {
  const heldOut = judged.filter(({ run }) => run.split === 'held-out');
  const recorded = heldOut.filter(({ run }) => run.source === 'recorded');
  return [
    '# Detection figures',
    '',
    `Made by \`npm run bench:detection\`: ${judged.length} runs, ${seeds} seeds per synthetic family. Recorded runs have their`,
    'true resources; logs and synthetic runs have an assumed pace and CPU. Families marked *held-out* were never fitted on.',
    'Times count from the onset. A run stopped before its onset counts as stopped at a negative time.',
    '',
    '## Held-out families, all methods',
    '',
    ...methodTable(heldOut),
    '',
    '![Runaways stopped against healthy runs stopped](plot.svg)',
    '',
    '## Held-out families, only runs recorded live',
    '',
    ...methodTable(recorded),
    '',
    '## Each family, FlowForge at profile standard',
    '',
    ...familyTable(judged),
    '',
    '## Throughput of the core',
    '',
    `${count(throughput.detectorLinesPerSecond)} lines per second of CPU time with the detector, ${count(throughput.splitterLinesPerSecond)} for splitting into lines alone: ratio ${throughput.ratio.toFixed(2)}.`,
    `State after 200,000 lines: ${(throughput.stateBytes / 1024 / 1024).toFixed(2)} MB.`,
    '',
  ].join('\n');
}

function methodTable(judged: readonly JudgedRun[]): readonly string[] {
  const methods = Object.keys(judged[0]?.verdicts ?? {});
  const head =
    'method|loops and storms stopped|healthy runs stopped|95 % interval|busy loops: alert|busy loops: stop|agent loops: alert|agent loops: stop|CPU-s wasted';
  return table(
    head.split('|'),
    methods.map((method) => summaryRow(summarise(judged, method))),
  );
}

function familyTable(judged: readonly JudgedRun[]): readonly string[] {
  const head =
    'family|kind|split|source|n|stopped|alerted|alert (median)|stop (median)|stop (p90)|CPU-s wasted';
  return table(head.split('|'), figuresByFamily(judged, STANDARD).map(familyRow));
}

function summaryRow(summary: Summary): readonly string[] {
  const [low, high] = summary.falseStopsBetween;
  return [
    summary.method,
    `${summary.stopped} of ${summary.runaways}`,
    `${summary.falseStops} of ${summary.healthy}`,
    `${percent(low)} to ${percent(high)}`,
    seconds(summary.medianBusyAlertSeconds),
    seconds(summary.medianBusyStopSeconds),
    seconds(summary.medianSlowAlertSeconds),
    seconds(summary.medianSlowStopSeconds),
    summary.wastedCpuSeconds.toFixed(0),
  ];
}

function familyRow(f: FamilyFigures): readonly string[] {
  return [
    f.family,
    f.kind,
    f.split,
    f.source,
    String(f.runs),
    String(f.stopped),
    String(f.alerted),
    seconds(f.medianAlertSeconds),
    seconds(f.medianStopSeconds),
    seconds(f.p90StopSeconds),
    f.kind === 'healthy' ? '' : f.meanWastedCpuSeconds.toFixed(1),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const count = (value: number): string => value.toLocaleString('en-US');
