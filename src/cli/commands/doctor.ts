// `flowforge doctor`: what this machine allows, what is missing, and how to get it.

import { type Check, examine } from '../../compose/doctor.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { print, printJson } from '../terminal.ts';

export async function doctorCommand(
  flags: Flags,
  { json }: { json?: boolean },
): Promise<ExitStatus> {
  const checks = examine(await loadConfig({ flags }));
  const isWell = checks.every(({ state }) => state !== 'bad');
  if (json) printJson({ ok: isWell, checks });
  else print(checks.map(render).join('\n'));
  return { type: 'exited', code: isWell ? EXIT.ok : EXIT.notReady };
}

const MARKS = { good: 'ok  ', weak: 'weak', bad: 'BAD ' } as const;

function render({ name, state, detail, hint }: Check): string {
  const line = `${MARKS[state]}  ${name}: ${detail}`;
  return state === 'good' || hint === null ? line : `${line}\n      ${hint}`;
}
