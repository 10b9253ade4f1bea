// `flowforge demo`: a real runaway is detected and stopped, a healthy worker takes its place. On real processes,
// by the path of `flowforge run`; stdout carries nothing but the three closing lines.

import { packageFile } from '../../compose/installed.ts';
import { composeGuard, type Guarded } from '../../compose.ts';
import type { Config } from '../../config/config.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import { ownOrder } from '../../core/lifecycle/order.ts';
import type { ExitStatus } from '../../core/run.ts';
import type { Narrator } from '../../ports.ts';
import type { RunResult } from '../../supervisor/run-status.ts';
import { listenToSignals } from '../signals.ts';
import { createNarrator, ourName, print, printJson } from '../terminal.ts';

/** The healthy worker has this long to show that it works, and this many lines to show it with. */
const RECOVERY_WITHIN_MS = 10_000;
const RECOVERY_LINES = 10;
const LOOK_EVERY_MS = 100;

export async function demoCommand(flags: Flags, { json }: { json?: boolean }): Promise<ExitStatus> {
  const config = await loadConfig({ flags: { profile: 'heavy', restart: 'never', ...flags } });
  const narrator = createNarrator('plain');

  narrator.say('demo 1/2: a worker that has lost its way, under guard');
  const runaway = await guardWorker(config, narrator, 'runaway.py');
  const result = await finish(runaway, runaway.supervisor.run());
  if (result.conclusion.startFailure) {
    throw new FlowForgeError('FF_SPAWN_NOT_FOUND', 'the demo needs python3 on the PATH', {
      hint: 'Install Python 3, or guard a command of your own: `flowforge run -- <command>`.',
    });
  }
  // Whoever interrupts the demo wants no second part.
  if (result.conclusion.order?.signal) return result.exit;
  narrator.say('demo 2/2: a healthy worker in its place, under guard');
  const healthy = await guardWorker(config, narrator, 'recovered.py');
  const recovered = await finish(healthy, watchRecovery(healthy));

  const why = `${ourName()} timeline --run ${runaway.runId}`;
  narrator.say(`the evidence is in ${config.dbPath}; see it with: ${why}`);
  const isGood = result.detectedAfterMs !== null && recovered;
  if (json) printJson({ ...figures(result), recovered, runId: runaway.runId, db: config.dbPath });
  else printLines(result, recovered);
  return { type: 'exited', code: isGood ? EXIT.ok : EXIT.failed };
}

function guardWorker(config: Config, narrator: Narrator, file: string): Promise<Guarded> {
  const command = { argv: ['python3', packageFile(`demo/${file}`)] as const, cwd: process.cwd() };
  // What the workers print goes to stderr: stdout is for the answer.
  const outputs = { stdout: 2, stderr: 2 } as const;
  return composeGuard(config, { command, narrator, outputs, ignoredSignals: 0n });
}

/** Waits for the work on a guarded worker while signals to us end it, and leaves nothing open. */
async function finish<T>(guard: Guarded, work: Promise<T>): Promise<T> {
  const stopListening = listenToSignals(guard.clock, guard.supervisor);
  try {
    return await work;
  } finally {
    stopListening();
    guard.close();
  }
}

/** Whether the worker was seen alive, working and well. It is stopped then, for the demo is over. */
async function watchRecovery({ supervisor, clock }: Guarded): Promise<boolean> {
  const run = supervisor.run();
  const until = clock.monotonic() + RECOVERY_WITHIN_MS;
  let isWell = false;
  while (!isWell && clock.monotonic() < until && supervisor.status().phase !== 'ended') {
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
    const { phase, outputLines, incidentId } = supervisor.status();
    isWell = phase === 'running' && outputLines >= RECOVERY_LINES && incidentId === null;
  }
  supervisor.post({ type: 'stop', order: ownOrder('the demo is over', 'COMPLETED') });
  const { survivors } = await run;
  return isWell && survivors.length === 0;
}

const figures = ({ detectedAfterMs, cpuPeakPercent }: RunResult) => ({
  detectedAfterSeconds: detectedAfterMs === null ? null : round(detectedAfterMs / 1000),
  cpuPeakPercent: round(cpuPeakPercent),
});

function printLines(result: RunResult, recovered: boolean): void {
  const { detectedAfterSeconds, cpuPeakPercent } = figures(result);
  print(
    detectedAfterSeconds === null
      ? 'Runaway not detected'
      : `Runaway detected in ${detectedAfterSeconds.toFixed(1)} seconds`,
  );
  print(`CPU peaked at ${cpuPeakPercent.toFixed(1)}%`);
  print(recovered ? 'Process recovered' : 'Process recovery failed');
}

const round = (value: number): number => Math.round(value * 10) / 10;
