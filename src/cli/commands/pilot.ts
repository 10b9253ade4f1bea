// `flowforge pilot`: runs a file of cases, or a preset, under guard, and says of each whether it went as expected.

import { readFileSync, statSync } from 'node:fs';
import { wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ExitStatus } from '../../core/run.ts';
import { artifactFolder } from '../../ops/artifact-folder.ts';
import { type PilotOutcome, type PilotPlan, startPilot } from '../../ops/pilot.ts';
import { countResults } from '../../ops/pilot-artifacts.ts';
import { type PilotCase, parsePilotFile } from '../../ops/pilot-file.ts';
import { PRESETS, presetCases } from '../../ops/pilot-presets.ts';
import type { CaseResult } from '../../ops/pilot-verdict.ts';
import { whileInterruptible } from '../interruptible.ts';
import { createProgress } from '../progress.ts';
import { parseDurationFlag } from '../selection.ts';
import { renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface PilotOptions {
  readonly preset?: string;
  readonly caseTimeout: string;
  readonly jobs?: string;
  readonly only?: string;
  readonly keepGoing?: boolean;
  readonly resume?: boolean;
  readonly failOnMismatch?: boolean;
  readonly shadow?: boolean;
  readonly json?: boolean;
}

export async function pilotCommand(
  places: readonly string[],
  flags: Flags,
  options: PilotOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const plan = planOf(places, options);
  const { cases } = plan;
  const progress = createProgress(cases.length, meanMs(cases));
  const { value, signal } = await whileInterruptible(() =>
    startPilot(config, plan, (news) => {
      if (news.type === 'ended') progress.end(news.result.name, sentence(news.result));
      else progress.begin(news.pilotCase.name, usualMs(news.pilotCase));
    }),
  );
  progress.close(signal === null);
  tell(value, plan.folder, options);
  if (signal !== null) return { type: 'signaled', signal };
  const { failed, unfinished } = countResults(value.results);
  const isMismatch = failed + unfinished > 0;
  const isFatal = isMismatch && (options.failOnMismatch || options.preset !== undefined);
  return { type: 'exited', code: isFatal ? EXIT.failed : EXIT.ok };
}

function planOf(places: readonly string[], options: PilotOptions): PilotPlan {
  const { preset, only, shadow, resume, failOnMismatch, keepGoing } = options;
  const caseTimeoutMs = parseDurationFlag('--case-timeout', options.caseTimeout);
  const jobs = Number(options.jobs ?? (preset === undefined ? 1 : 2));
  if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= JOBS_MAX)) {
    throw new FlowForgeError('FF_USAGE', `--jobs: ${options.jobs} is not from 1 to ${JOBS_MAX}`);
  }
  const { cases, what, place } = chosen(places, preset);
  const selected = select(cases, only);
  return {
    title: preset === undefined ? 'Week 2 Real Workload Pilot' : 'Week 1 Pilot Summary',
    cases: selected,
    folder: artifactFolder(what, place, wallClock()),
    dbName: preset === undefined ? 'week2-pilot.db' : `${preset}-pilot.db`,
    caseTimeoutMs,
    jobs,
    isShadow: shadow ?? false,
    endAtMismatch: (failOnMismatch ?? false) && !(keepGoing ?? false),
    resume: resume ?? false,
  };
}

const JOBS_MAX = 16;

function chosen(places: readonly string[], preset: string | undefined) {
  if (preset !== undefined) {
    const name = PRESETS.find((known) => known === preset);
    if (!name || places.length > 1) {
      const message = name
        ? 'with --preset only a folder is named'
        : `there is no preset ${preset}; there is ${PRESETS.join(', ')}`;
      throw new FlowForgeError('FF_USAGE', message);
    }
    return { cases: presetCases(name), what: name, place: places[0] };
  }
  const [file, place] = places;
  if (file === undefined) {
    throw new FlowForgeError('FF_USAGE', 'name a pilot file, or --preset week1', {
      hint: 'scripts/pilot_commands.example.txt shows how a pilot file is written.',
    });
  }
  if (places.length > 2) {
    throw new FlowForgeError(
      'FF_USAGE',
      `a pilot takes one file and one folder: ${places[2]} is too much`,
    );
  }
  return { cases: parsePilotFile(file, read(file)), what: 'week2-real', place };
}

function read(file: string): string {
  try {
    if (statSync(file).size > LIMITS.pilotFileBytesMax) throw new Error('the file is too large');
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot read the pilot file ${file}`, {
      cause,
      hint: 'scripts/pilot_commands.example.txt is one to begin with.',
    });
  }
}

function select(cases: readonly PilotCase[], only: string | undefined): readonly PilotCase[] {
  if (only === undefined) return cases;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !cases.some((it) => it.name === name));
  if (unknown.length > 0) {
    const message = `--only: there is no case ${unknown.join(', ')}`;
    const hint = `There are: ${cases.map(({ name }) => name).join(', ')}.`;
    throw new FlowForgeError('FF_USAGE', message, { hint });
  }
  return cases.filter(({ name }) => names.includes(name));
}

function tell(
  { results, isInterrupted }: PilotOutcome,
  folder: string,
  options: PilotOptions,
): void {
  const counts = countResults(results);
  if (options.json) {
    printJson({ folder, interrupted: isInterrupted, ...counts, results });
    return;
  }
  const rows = results.map((it) => [
    it.result,
    it.name,
    it.exitReason ?? '',
    it.durationS === null ? '' : `${it.durationS} s`,
    it.remark || (it.decisionReason ?? ''),
  ]);
  print(renderTable(['RESULT', 'CASE', 'EXIT REASON', 'TIME', 'WHY'], rows));
  print(`\n${counts.passed} of ${counts.total} as expected. ${folder}/summary.md`);
}

function sentence({ result, exitReason, remark, exitCode }: CaseResult): string {
  return `${result} (${exitReason ?? `exit ${exitCode}`})${remark ? `: ${remark}` : ''}`;
}

const usualMs = ({ usualSeconds }: PilotCase): number | undefined =>
  usualSeconds === undefined ? undefined : usualSeconds * 1000;

function meanMs(cases: readonly PilotCase[]): number | null {
  const known = cases.flatMap((it) => usualMs(it) ?? []);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
