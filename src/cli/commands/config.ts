// `flowforge config`: the settings in force, and where each comes from.

import { explainConfig, renderExplanation } from '../../config/explain.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { createNarrator, print, printJson } from '../terminal.ts';

export interface ConfigOptions {
  readonly origin?: boolean;
  readonly json?: boolean;
}

export async function configCommand(
  flags: Flags,
  { origin, json }: ConfigOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  const narrator = createNarrator('plain');
  for (const warning of config.warnings) narrator.say(warning);
  const explained = explainConfig(config);
  if (json)
    printJson(origin ? explained : Object.fromEntries(explained.map((it) => [it.key, it.value])));
  else if (origin) print(renderExplanation(explained));
  else print(explained.map(({ key, value }) => `${key}: ${value}`).join('\n'));
  return { type: 'exited', code: EXIT.ok };
}
