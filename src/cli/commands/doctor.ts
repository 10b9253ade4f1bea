// `flowforge doctor`: what this machine allows, what is missing, and how to get it.

import { examine } from '../../compose/doctor.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import type { Check } from '../../core/diagnosis/check.ts';
import { EXIT } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { print, printJson } from '../terminal.ts';

export async function doctorCommand(
  flags: Flags,
  { json }: { json?: boolean },
): Promise<ExitStatus> {
  const checks = await examine(() => loadConfig({ flags }));
  const isWell = checks.every(({ state }) => state !== 'fail');
  if (json) printJson({ ok: isWell, checks });
  else print([...checks.map(render), sum(checks)].join('\n'));
  return { type: 'exited', code: isWell ? EXIT.ok : EXIT.notReady };
}

function render({ name, state, detail, hint }: Check): string {
  const line = `${state.padEnd(4)}  ${name}: ${detail}`;
  return hint === null ? line : `${line}\n      → ${hint}`;
}

function sum(checks: readonly Check[]): string {
  const count = (state: Check['state']): number => checks.filter((it) => it.state === state).length;
  return `${count('ok')} ok, ${count('warn')} to be known, ${count('fail')} failed`;
}
