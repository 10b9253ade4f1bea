// `flowforge replay`: the same detector and policy, fed from a record instead of a run.

import { type Flags, loadConfig } from '../../config/load.ts';
import {
  type Replay,
  type ReplayMoment,
  replayLog,
  replayTrace,
} from '../../core/detection/replay.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { ExitStatus } from '../../core/run.ts';
import { looksLikeTrace, readTrace } from '../../core/trace/trace-parser.ts';
import { peek, piecesOf } from '../pieces.ts';
import { formatDuration, renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface ReplayOptions {
  readonly rate: string;
  readonly cpu: string;
  readonly toTheEnd?: boolean;
  readonly json?: boolean;
}

export async function replayCommand(
  file: string,
  flags: Flags,
  options: ReplayOptions,
): Promise<ExitStatus> {
  const { policy } = await loadConfig({ flags });
  const replay = replayFile(file, policy, options);
  if (options.json) printJson(present(replay, policy));
  else print(render(replay, policy));
  return { type: 'exited', code: EXIT.ok };
}

/** Traces are read byte by byte, so that an error names the byte; logs as UTF-8. Neither needs to fit into memory. */
function replayFile(file: string, policy: Policy, { rate, cpu, toTheEnd }: ReplayOptions): Replay {
  const how = { toTheEnd: toTheEnd ?? false };
  const assumed = {
    linesPerSecond: positive('--rate', rate),
    cpuPercent: positive('--cpu', cpu, 0),
  };
  if (file !== '-') {
    if (looksLikeTrace(beginningOf(file))) {
      return replayTrace(
        readTrace(() => piecesOf(file, 'latin1')),
        policy,
        how,
      );
    }
    return replayLog(piecesOf(file, 'utf8'), assumed, policy, how);
  }
  const { first, all } = peek(piecesOf(file, 'utf8'));
  if (!looksLikeTrace(first)) return replayLog(all, assumed, policy, how);
  const kept = [...all];
  return replayTrace(
    readTrace(() => kept),
    policy,
    how,
  );
}

function beginningOf(file: string): string {
  for (const piece of piecesOf(file, 'latin1')) return piece;
  return '';
}

function positive(flag: string, text: string, min = 1e-3): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= min && value <= 1e6) return value;
  throw new FlowForgeError('FF_USAGE', `${flag}: ${text} is not a number from ${min} to 1000000`);
}

function present(replay: Replay, policy: Policy) {
  return {
    profile: policy.profile,
    duration_ms: replay.durationMs,
    lines: replay.lines,
    ticks: replay.ticks,
    cpu_ms: replay.cpuMs,
    alert: presentMoment(replay.alert),
    stop: presentMoment(replay.stop),
    moments: replay.moments.map(presentMoment),
  };
}

function presentMoment(moment: ReplayMoment | null) {
  if (!moment) return null;
  const { atMs, decision, assessment } = moment;
  const { intended, applied, suppressedBy, reason, finding } = decision;
  return {
    at_ms: atMs,
    intended,
    applied,
    suppressed_by: suppressedBy,
    rule: finding?.ruleId ?? null,
    exit_reason: finding?.exitReason ?? null,
    reason,
    cpu_score: assessment.scores.cpu,
    entropy_score: assessment.scores.entropy,
    confidence_score: assessment.scores.confidence,
    contributions: finding?.contributions ?? [],
    evidence: finding?.evidence ?? {},
  };
}

function render(replay: Replay, { profile }: Policy): string {
  const at = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const rows = replay.moments.map(({ atMs, decision, assessment }) => [
    at(atMs),
    decision.applied,
    String(Math.round(assessment.scores.confidence)),
    decision.reason,
  ]);
  const verdict = replay.stop
    ? `would be stopped after ${at(replay.stop.atMs)}: ${replay.stop.decision.reason}`
    : replay.alert
      ? `would raise an alert after ${at(replay.alert.atMs)}, and go on`
      : 'would go on undisturbed';
  const length = `${replay.lines} lines, ${formatDuration(replay.durationMs)}`;
  const table = renderTable(['AT', 'DECISION', 'CONFIDENCE', 'WHY'], rows);
  return `${table}\n\n${length}: at profile ${profile} this run ${verdict}`;
}
