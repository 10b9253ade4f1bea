// `flowforge status --ready`: how the guard itself is, for health checks that have no other client at hand.

import { apiReadiness } from '../../compose/ready.ts';
import { listRuns } from '../../compose/runs.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { print, printJson } from '../terminal.ts';

const exited = (code: number): ExitStatus => ({ type: 'exited', code });

/** Asks the API; where none answers, a run that does is as good: it guards. */
export async function readyCommand(
  flags: Flags,
  { json }: { json?: boolean },
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const told = await apiReadiness(config);
  if (told !== null) {
    if (json) printJson(told);
    else print(inLines(told.checks));
    return exited(told.status === 'ready' ? EXIT.ok : EXIT.notReady);
  }
  const runs = await listRuns(config);
  const isReady = runs.some(({ phase }) => phase !== 'not-answering');
  if (json) printJson({ status: isReady ? 'ready' : 'not-ready', checks: {} });
  else
    print(isReady ? `no API answers; ${runs.length} guarded` : 'neither an API nor a run answers');
  return exited(isReady ? EXIT.ok : EXIT.notReady);
}

type Checks = NonNullable<Awaited<ReturnType<typeof apiReadiness>>>['checks'];

function inLines(checks: Checks): string {
  const lines = Object.entries(checks).map(([name, { state, detail, hint }]) => {
    const more = [detail && `: ${detail}`, hint && ` (${hint})`];
    return `${state.padEnd(4)} ${name}${more.join('')}`;
  });
  return lines.join('\n');
}
