// `flowforge prune` and `flowforge backup`: the evidence stays small, and is kept elsewhere too.

import { backUpStore, pruneStore, pruneToSize, requireStore, wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { epochMs } from '../../core/time.ts';
import { parseDurationFlag, parseSizeFlag } from '../selection.ts';
import { print, printJson } from '../terminal.ts';

const OK: ExitStatus = { type: 'exited', code: EXIT.ok };

export interface PruneOptions {
  readonly olderThan?: string;
  readonly keepFailures?: string;
  readonly toSize?: string;
  readonly json?: boolean;
}

export async function pruneCommand(flags: Flags, options: PruneOptions): Promise<ExitStatus> {
  const { dbPath } = await loadConfig({ flags });
  requireStore(dbPath);
  const pruned = prune(dbPath, options);
  if (options.json) printJson(pruned);
  else print(`removed ${pruned.eventCount} events and ${pruned.sampleCount} samples`);
  return OK;
}

function prune(dbPath: string, { olderThan, keepFailures, toSize }: PruneOptions) {
  const now = wallClock();
  if (toSize !== undefined && olderThan === undefined) {
    return pruneToSize(dbPath, parseSizeFlag('--to-size', toSize), now);
  }
  if (olderThan === undefined || toSize !== undefined) {
    throw new FlowForgeError('FF_USAGE', 'say either --older-than or --to-size');
  }
  const ago = (flag: string, text: string) => epochMs(now - parseDurationFlag(flag, text));
  return pruneStore(dbPath, {
    before: ago('--older-than', olderThan),
    ...(keepFailures === undefined ? {} : { failuresBefore: ago('--keep-failures', keepFailures) }),
    now,
  });
}

export async function backupCommand(
  file: string,
  flags: Flags,
  { json }: { json?: boolean },
): Promise<ExitStatus> {
  const { dbPath } = await loadConfig({ flags });
  const { eventCount } = backUpStore(dbPath, file);
  if (json) printJson({ file, event_count: eventCount });
  else print(`${file}: ${eventCount} events`);
  return OK;
}
