// What a pilot leaves: its results as CSV and JSON, a summary to read, a snapshot of the incidents, a file per case.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident } from '../core/incident.ts';
import { toTimestamp } from '../core/time.ts';
import { toCsv } from './pilot-csv.ts';
import type { CaseResult } from './pilot-verdict.ts';

export interface PilotSummary {
  readonly title: string;
  readonly isShadow: boolean;
  readonly isInterrupted: boolean;
  readonly results: readonly CaseResult[];
}

const HEADING = [
  'name',
  'max_cpu',
  'exit_code',
  'loop_detected',
  'expected',
  'exit_reason',
  'duration_s',
  'decision_reason',
  'result',
  'run_id',
  'survivors',
  'remark',
];

/** Writes results.csv, results.json and summary.md; each whole or not at all. */
export function writeSummary(folder: string, summary: PilotSummary, logs: readonly string[]): void {
  put(folder, 'results.csv', resultsCsv(summary.results));
  put(folder, 'results.json', `${JSON.stringify(toJson(summary), null, 2)}\n`);
  put(folder, 'summary.md', toMarkdown(summary, logs));
}

/** Writes `<name>.result`, as lines of `key=value`. */
export function writeResult(folder: string, stem: string, result: CaseResult): void {
  const lines = [
    `name=${result.name}`,
    `exit_code=${result.exitCode ?? ''}`,
    `detected=${result.loopDetected ? 'yes' : 'no'}`,
    `expected=${result.expected}`,
    `exit_reason=${result.exitReason ?? ''}`,
    `result=${result.result}`,
  ];
  put(folder, `${stem}.result`, `${lines.join('\n')}\n`);
}

/** Writes incidents_snapshot.txt: the newest first. */
export function writeIncidents(folder: string, incidents: readonly Incident[]): void {
  const lines = incidents.map(({ id, openedAt, exitReason, scores, reason }) => {
    const cpu = scores ? scores.cpu.toFixed(1) : '';
    return [id, toTimestamp(openedAt), exitReason, cpu, oneLine(reason)].join(' | ');
  });
  const text = ['id | timestamp | exit_reason | cpu_score | reason', ...lines].join('\n');
  put(folder, 'incidents_snapshot.txt', `${text}\n`);
}

function resultsCsv(results: readonly CaseResult[]): string {
  const rows = results.map((it) => [
    it.name,
    it.maxCpu,
    it.exitCode,
    it.loopDetected ? 'yes' : 'no',
    it.expected,
    it.exitReason,
    it.durationS,
    it.decisionReason,
    it.result,
    it.runId,
    it.survivors,
    it.remark,
  ]);
  return toCsv(HEADING, rows);
}

/** Counts of a pilot, for its summary and for its exit status. */
export function countResults(results: readonly CaseResult[]) {
  const of = (wanted: string) => results.filter(({ result }) => result === wanted).length;
  const falseStops = results.filter(
    ({ expected, result, loopDetected }) =>
      expected === 'no intervention' && result === 'FAIL' && loopDetected,
  ).length;
  return {
    total: results.length,
    passed: of('PASS'),
    failed: of('FAIL'),
    unfinished: of('INTERRUPTED') + of('NOT RUN'),
    falseStops,
  };
}

function toJson({ title, isShadow, isInterrupted, results }: PilotSummary) {
  return {
    title,
    shadow: isShadow,
    interrupted: isInterrupted,
    ...countResults(results),
    results: results.map((it) => ({
      name: it.name,
      max_cpu: it.maxCpu,
      exit_code: it.exitCode,
      loop_detected: it.loopDetected,
      expected: it.expected,
      exit_reason: it.exitReason,
      duration_s: it.durationS,
      decision_reason: it.decisionReason,
      result: it.result,
      run_id: it.runId,
      survivors: it.survivors,
      remark: it.remark,
      command: it.command,
    })),
  };
}

function toMarkdown(summary: PilotSummary, logs: readonly string[]): string {
  const { title, isShadow, isInterrupted, results } = summary;
  const { total, passed, failed, unfinished } = countResults(results);
  const rows = results.map((it) => [
    it.name,
    it.maxCpu,
    it.exitCode ?? '',
    it.loopDetected ? 'yes' : 'no',
    it.exitReason ?? 'none',
    it.durationS ?? '',
    it.expected,
    it.result,
    [it.decisionReason, it.remark].filter(Boolean).join('; '),
  ]);
  const heading =
    'Case,Max CPU,Exit Code,Loop Detected,Exit Reason,Duration (s),Expected,Result,Why';
  return [
    `# ${title}`,
    '',
    isInterrupted
      ? '**Interrupted: the cases that did not end are marked. Nothing is left running.**\n'
      : null,
    isShadow ? 'Nothing was acted on (shadow): the results say what would have happened.\n' : null,
    `Result: ${failed + unfinished === 0 ? 'PASS' : 'FAIL'}. ${passed} of ${total} as expected, ${failed} not, ${unfinished} not run to the end.`,
    '',
    ...table(heading.split(','), rows),
    '',
    'Artifacts:',
    ...['results.csv', 'results.json', 'incidents_snapshot.txt', ...logs].map(
      (it) => `- \`${it}\``,
    ),
    '',
  ]
    .filter((line) => line !== null)
    .join('\n');
}

/** A Markdown table; bars and line ends in its cells do not break it. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => oneLine(String(cell)).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)];
}

const oneLine = (text: string): string => text.replace(/[\r\n\t]+/g, ' ');

/** Writes a file of artifacts for its owner's eyes; nobody sees half of it. */
export function put(folder: string, name: string, content: string): void {
  const draft = join(folder, `.${name}.draft`);
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, join(folder, name));
}
