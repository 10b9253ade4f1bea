// `flowforge run -- <command>`: guards a command until it has ended for good.

import { joinContainer } from '../../compose/container.ts';
import { hideKeys } from '../../compose/own-keys.ts';
import { composeGuard, type Guarded } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import type { RunResult } from '../../supervisor/run-status.ts';
import { endWith } from '../parent.ts';
import { ignoredSignalMask, listenToSignals, type Signalled } from '../signals.ts';
import { createNarrator, isWatched, ourName } from '../terminal.ts';

export interface RunOptions {
  readonly record?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs a command under guard. Gives the status to end with. */
export async function runCommand(
  argv: readonly string[],
  flags: Flags,
  { json, quiet, record }: RunOptions,
): Promise<ExitStatus> {
  if (argv[0] === '') throw new FlowForgeError('FF_USAGE', 'the command to run is an empty word');
  const config = await loadConfig({ flags });
  hideKeys(config);
  const narrator = createNarrator(quiet ? 'silent' : json ? 'json' : 'plain');
  for (const warning of config.warnings) narrator.say(warning);

  const stopWatchingParent = endWith(config.endWith);
  const [program = '', ...args] = argv;
  const command = { argv: [program, ...args] as const, cwd: process.cwd() };
  const guard = await composeGuard(config, {
    command,
    narrator,
    outputs: { stdout: 1, stderr: 2 },
    ignoredSignals: ignoredSignalMask(),
    isWatched: isWatched(),
    record,
  });
  const container = joinContainer(config, narrator, guard.runId);
  const stopListening = listenToSignals(guard.clock, tellingOfStops(guard));
  try {
    const result = await guard.supervisor.run();
    const { leaveBackground } = config.policy.stop;
    const ending = sentence(result, { runId: guard.runId, leaveBackground });
    if (ending) narrator.say(ending);
    return result.exit;
  } finally {
    await container.end();
    guard.close();
    stopListening();
    stopWatchingParent();
  }
}

/** The run as far as signals go, which tells who waits for us when one of them ends it. */
function tellingOfStops({ supervisor, tellStopping }: Guarded): Signalled {
  return {
    post(input) {
      if (input.type === 'stop') tellStopping();
      supervisor.post(input);
    },
    suspend: () => supervisor.suspend(),
    continue: () => supervisor.continue(),
  };
}

/** What is worth saying at the end; null where the command's own end says it all. */
function sentence(
  { conclusion, durationMs, survivors }: RunResult,
  { runId, leaveBackground }: { readonly runId: string; readonly leaveBackground: boolean },
): string | null {
  const { startFailure, order, reason, exitReason, exit, proof } = conclusion;
  if (startFailure) return reason;
  // Its leader has ended by itself, and nobody has touched the rest.
  if (leaveBackground && !order && exit) {
    return survivors.length > 0 ? `left running, as asked: ${survivors.join(', ')}` : null;
  }
  if (survivors.length > 0) return `could not end processes ${survivors.join(', ')}: ${reason}`;
  if (!order || order.signal) return null;
  const after = `after ${(durationMs / 1000).toFixed(1)} s`;
  const empty = proof ? 'nothing is left of it' : 'it may not be gone';
  return `stopped ${after} (${exitReason}), ${empty}. Why: ${ourName()} timeline --run ${runId}`;
}
