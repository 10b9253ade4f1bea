// `flowforge completion`: prints what a shell reads to complete our command line.

import type { Command } from 'commander';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { completionScript, SHELLS } from '../shell/completion.ts';
import { print } from '../terminal.ts';

export async function completionCommand(name: string, program: Command): Promise<ExitStatus> {
  const shell = SHELLS.find((known) => known === name);
  if (!shell) {
    throw new FlowForgeError('FF_USAGE', `${name} is not one of ${SHELLS.join(', ')}`);
  }
  print(completionScript(shell, program).trimEnd());
  return { type: 'exited', code: EXIT.ok };
}
