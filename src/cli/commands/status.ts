// `flowforge status` and the orders to a run: straight to the runs' control sockets, whatever the database says.

import { type ListedRun, listRuns, reachRun, type SilentRun } from '../../compose/runs.ts';
import type { Config } from '../../config/config.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import type { ControlOrder, ControlStatus } from '../../core/control.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { formatBytes, formatDuration, renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

const OK: ExitStatus = { type: 'exited', code: EXIT.ok };
const LOOK_EVERY_MS = 50;
/** Looks in a row that nobody answered, each after LIMITS.controlIdleMs at most. */
const SILENCES_MAX = 3;

export async function statusCommand(
  run: string | undefined,
  flags: Flags,
  { json }: { json?: boolean },
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const runs = run === undefined ? await listRuns(config) : [await findRun(config, run)];
  if (json) printJson(runs);
  else print(runs.length === 0 ? 'no runs' : renderRuns(runs));
  return OK;
}

/** Orders something of a run. A stop is waited for: when this settles, the run has ended. */
export async function orderCommand(
  operation: ControlOrder,
  run: string | undefined,
  flags: Flags,
  { json, reason }: { json?: boolean; reason?: string },
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const target = run === undefined ? await theOnlyRun(config) : await findRun(config, run);
  if (isSilent(target)) throw silent(target.runId);
  const answer = await reachRun(config, target.runId, { operation, reason: reason ?? operation });
  if (answer === 'gone') throw gone(target.runId);
  if (answer === 'silent') throw silent(target.runId);
  if (!answer.ok) throw new FlowForgeError(answer.code, answer.message);
  if (operation === 'stop') await untilEnded(config, target.runId);
  if (json) printJson({ run_id: target.runId, operation, phase: answer.status.phase });
  else print(`${target.runId}: ${operation === 'stop' ? 'stopped' : answer.status.phase}`);
  return OK;
}

/** @throws FlowForgeError FF_BUSY when the supervisor has not answered for long, as one that is stopped */
async function untilEnded(config: Config, runId: string): Promise<void> {
  for (let silences = 0; silences < SILENCES_MAX; ) {
    const answer = await reachRun(config, runId, { operation: 'status', reason: '' });
    if (answer === 'gone') return;
    // It may also hang up as it ends: the next look tells.
    silences = answer === 'silent' ? silences + 1 : 0;
    if (answer !== 'silent' && answer.ok && answer.status.phase === 'ended') return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw silent(runId);
}

async function theOnlyRun(config: Config): Promise<ListedRun> {
  const runs = await listRuns(config);
  const [only] = runs;
  if (only && runs.length === 1) return only;
  if (!only) throw new FlowForgeError('FF_NOT_FOUND', 'no run is active');
  const names = runs.map((run) =>
    nameOf(run) === null ? run.runId : `${run.runId} (${nameOf(run)})`,
  );
  throw new FlowForgeError('FF_CONFLICT', `${runs.length} runs are active: ${names.join(', ')}`, {
    hint: 'Say which: `flowforge stop <run or name>`.',
  });
}

/** The run with this id, the beginning of an id, or name. */
async function findRun(config: Config, wanted: string): Promise<ListedRun> {
  const runs = await listRuns(config, wanted);
  const found = runs.filter((run) => nameOf(run) === wanted || run.runId.startsWith(wanted));
  const [only] = found;
  if (only && found.length === 1) return only;
  if (!only) throw gone(wanted);
  throw new FlowForgeError('FF_CONFLICT', `${found.length} active runs are called ${wanted}`, {
    hint: `Say which by its id: ${found.map(({ runId }) => runId).join(', ')}.`,
  });
}

const gone = (run: string): FlowForgeError =>
  new FlowForgeError('FF_NOT_FOUND', `no active run is called ${run}`);

const isSilent = (run: ListedRun): run is SilentRun => run.phase === 'not-answering';

const nameOf = (run: ListedRun): string | null => (isSilent(run) ? null : run.name);

const silent = (runId: string): FlowForgeError =>
  new FlowForgeError('FF_BUSY', `the supervisor of ${runId} does not answer`, {
    hint: 'It may be stopped (Ctrl-Z, SIGSTOP): `fg` or `kill -CONT` lets it go on.',
  });

function renderRuns(runs: readonly ListedRun[]): string {
  const rows = runs.map((run) => (isSilent(run) ? silentRow(run) : rowOf(run)));
  const heads = ['RUN', 'PHASE', 'FOR', 'PID', 'CPU', 'MEMORY', 'PROCESSES', 'STATE', 'COMMAND'];
  return renderTable(heads, rows);
}

const silentRow = ({ runId }: SilentRun): string[] => [
  ...[runId, 'not answering', '-', '-', '-', '-', '-'],
  'unknown',
  'its supervisor is stopped or overloaded',
];

function rowOf(run: ControlStatus): string[] {
  return [
    run.runId,
    run.phase,
    formatDuration(Date.now() - Date.parse(run.startedAt)),
    run.pid === null ? '-' : String(run.pid),
    `${Math.round(run.cpuPercent)} %`,
    formatBytes(run.rssBytes),
    String(run.processCount),
    run.incidentId ? 'suspicious' : 'well',
    run.name ?? run.argv.join(' '),
  ];
}
