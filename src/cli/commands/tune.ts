// `flowforge tune`: records what comes with FlowForge, replays it over a grid of settings, and recommends one.

import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageFile } from '../../compose/installed.ts';
import { readEvidence, wallClock } from '../../compose.ts';
import type { Config } from '../../config/config.ts';
import { editSettings } from '../../config/edit.ts';
import { CONFIG_FILE_NAME } from '../../config/file.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { ExitStatus } from '../../core/run.ts';
import { artifactFolder } from '../../ops/artifact-folder.ts';
import type { PilotCase } from '../../ops/pilot-file.ts';
import type { CaseResult } from '../../ops/pilot-verdict.ts';
import {
  labelByEvidence,
  readTraces,
  summariseTuning,
  type TuneResult,
  type TuneSetting,
  type TuneTrace,
  tuneGrid,
  tuneOne,
} from '../../ops/tune.ts';
import { writeTuning } from '../../ops/tune-artifacts.ts';
import { reasonFor } from '../../ops/tune-reason.ts';
import {
  recordedCases,
  recordingFault,
  recordingsIn,
  startRecording,
} from '../../ops/tune-record.ts';
import { whileInterruptible } from '../interruptible.ts';
import { createProgress } from '../progress.ts';
import { parseCount, parseDurationFlag } from '../selection.ts';
import { renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface TuneOptions {
  readonly traces?: string;
  readonly runs?: string;
  readonly recorded?: boolean;
  readonly recordFor: string;
  readonly write?: boolean;
  readonly json?: boolean;
}

export async function tuneCommand(
  place: string | undefined,
  flags: Flags,
  options: TuneOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const given = [...shipped(options), ...ownTraces(config, options.runs)];
  const folder = artifactFolder('tuning', place, wallClock());
  const isRecording = !options.recorded && options.traces === undefined;
  const { signal, traces, faults } = isRecording
    ? await record(config, folder, options)
    : NOTHING_RECORDED;
  if (signal !== null) return { type: 'signaled', signal };
  const results = await replayAll([...given, ...traces], config.policy);
  const best = writeTuning(folder, results, faults);
  const isGood = isFit(best) && faults.size === 0;
  const written = options.write && best && isGood ? await writeProfile(config, best) : null;
  if (options.json) {
    const notRecorded = Object.fromEntries(faults);
    const settings = summariseTuning(results);
    printJson({ folder, recommended: best, written, settings, notRecorded });
  } else {
    tell(results, best, folder);
    tellFaults(faults);
    if (written) tellWritten(written);
  }
  return { type: 'exited', code: isGood ? EXIT.ok : EXIT.failed };
}

/** Every trace under every setting. */
async function replayAll(traces: readonly TuneTrace[], policy: Policy): Promise<TuneResult[]> {
  if (traces.length === 0) {
    throw new FlowForgeError('FF_USAGE', 'there are no traces to replay', {
      hint: 'Name a folder of traces with --traces, or use your own with --runs last:20.',
    });
  }
  const progress = createProgress(tuneGrid().length, null);
  const results: TuneResult[] = [];
  for (const [profile, limit] of tuneGrid()) {
    const name = `${profile}, max-cpu ${limit}`;
    progress.begin(name);
    // A breath between settings, so that the progress is drawn and a signal is heard.
    await new Promise(setImmediate);
    for (const trace of traces) results.push(tuneOne(trace, profile, limit, policy));
    progress.end(name, `${traces.length} runs replayed`);
  }
  progress.close();
  return results;
}

/** Whether the best setting leaves all healthy work alone, and stops runaways where there are any. */
const isFit = (best: TuneSetting | null): boolean =>
  best !== null && best.falseStops === 0 && (best.runaways === 0 || best.stopped > 0);

/** The runs of the named folder, else those that come with a checkout. */
function shipped({ traces }: TuneOptions): readonly TuneTrace[] {
  if (traces !== undefined) return readTraces(traces);
  const folder = packageFile('test/fixtures/traces');
  return existsSync(folder) ? readTraces(folder) : [];
}

const NOTHING_RECORDED = { signal: null, traces: [], faults: new Map<string, string>() };

/** Records the workloads that come with FlowForge: the sound recordings, and why others are not. */
async function record(config: Config, folder: string, { recordFor }: TuneOptions) {
  const forMs = parseDurationFlag('--record-for', recordFor);
  const progress = createProgress(recordedCases(folder).length, null);
  const faults = new Map<string, string>();
  const ended = (result: CaseResult): void => {
    const fault = recordingFault(result, folder);
    if (fault !== null) faults.set(result.name, fault);
    progress.end(result.name, fault === null ? 'recorded' : `NOT RECORDED: ${fault}`);
  };
  const plan = { folder, forMs, jobs: RECORDING_JOBS };
  const { signal } = await whileInterruptible(() =>
    startRecording(config, plan, (news) => {
      if (news.type === 'ended') ended(news.result);
      else progress.begin(news.pilotCase.name, usualMs(news.pilotCase, forMs));
    }),
  );
  progress.close(signal === null);
  const recordings = recordingsIn(folder);
  if (signal !== null) {
    print(`interrupted: nothing is left running. ${recordings}/summary.md`);
    return { ...NOTHING_RECORDED, signal };
  }
  return { signal, traces: readTraces(recordings, faults), faults };
}

/** A runaway would never end by itself. */
const usualMs = ({ name, usualSeconds = Number.POSITIVE_INFINITY }: PilotCase, forMs: number) =>
  name.startsWith('runaway') ? forMs : Math.min(forMs, usualSeconds * 1000);

/** Two at a time fill the processors of a small machine, and disturb each other little on it. */
const RECORDING_JOBS = 2;

/** The newest recorded runs, each labelled by what its evidence says became of it. */
function ownTraces(config: Config, runs: string | undefined): readonly TuneTrace[] {
  if (runs === undefined) return [];
  const count = parseCount('--runs', runs.replace(/^last:/, ''));
  const folder = join(config.stateDir, 'traces');
  if (!existsSync(folder)) return [];
  const evidence = readEvidence(config);
  try {
    const label = (trace: TuneTrace): TuneTrace => labelByEvidence(trace, evidence.reader);
    return readTraces(folder).slice(-count).map(label);
  } finally {
    evidence.close();
  }
}

interface Written {
  readonly path: string;
  readonly difference: readonly string[];
}

/**
 * Puts a setting into the file of this project: the one that was read, else a new one here.
 * @throws FlowForgeError FF_USAGE where the file cannot be changed line by line, or not written
 */
async function writeProfile({ files }: Config, best: TuneSetting): Promise<Written> {
  const found = files.findLast(({ source }) => source !== 'system-file');
  const path = found?.path ?? resolve(CONFIG_FILE_NAME);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const changes = { profile: best.profile, 'max-cpu': best.maxCpuPercent };
  const edit = await editSettings(before, changes);
  if (!edit) {
    throw new FlowForgeError('FF_USAGE', `${path} cannot be changed line by line`, {
      hint: `Put these into it: profile: ${best.profile}, max-cpu: ${best.maxCpuPercent}.`,
    });
  }
  if (edit.difference.length > 0) replaceFile(path, edit.text);
  return { path, difference: edit.difference };
}

function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o644;
    writeFileSync(draft, text, { mode });
    renameSync(draft, path);
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot write ${path}`, { cause });
  }
}

function tellFaults(faults: ReadonlyMap<string, string>): void {
  for (const [name, fault] of faults) print(`Not recorded, and left out: ${name}: ${fault}.`);
}

function tellWritten({ path, difference }: Written): void {
  if (difference.length === 0) print(`\n${path} says so already.`);
  else print(['', `written to ${path}:`, ...difference].join('\n'));
}

function tell(results: readonly TuneResult[], best: TuneSetting | null, folder: string): void {
  const rows = summariseTuning(results).map((it) => [
    it.profile,
    String(it.maxCpuPercent),
    share(it.stopped, it.runaways),
    share(it.falseStops, it.healthy),
    bar(it.medianStopMs),
  ]);
  print(renderTable(['PROFILE', 'MAX-CPU', 'STOPPED', 'FALSE', 'MEDIAN TIME TO STOP'], rows));
  if (best) {
    print(
      `\nRecommended: profile ${best.profile}, max-cpu ${best.maxCpuPercent}. ${reasonFor(best)}.`,
    );
  }
  print(`${folder}/summary.md`);
}

/** One mark for every tenth. */
const share = (part: number, whole: number): string =>
  `${'▪'.repeat(whole === 0 ? 0 : Math.ceil((10 * part) / whole)).padEnd(10, '·')} ${part}/${whole}`;

/** One mark for every two seconds. */
const bar = (ms: number | null): string =>
  ms === null
    ? ''
    : `${'▪'.repeat(Math.min(40, Math.ceil(ms / 2000)))} ${(ms / 1000).toFixed(1)} s`;
