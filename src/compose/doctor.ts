// What `flowforge doctor` looks at. Nothing is made or changed by a look, beyond a count in the database that it takes writes.

import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { type Check, fail, ok, warn } from '../core/diagnosis/check.ts';
import { judgeClock } from '../core/diagnosis/machine.ts';
import { isFlowForgeError } from '../core/error.ts';
import type { EpochMs } from '../core/time.ts';
import { lookAtEvidence } from './doctor/evidence.ts';
import { lookAtFiles } from './doctor/files.ts';
import { lookAtMachine } from './doctor/machine.ts';
import { lookAtPort } from './doctor/port.ts';

/** Looks at everything a guard needs; where the configuration cannot be read, at what needs none. */
export async function examine(load: () => Promise<Config>): Promise<readonly Check[]> {
  const clock = startOfLook();
  const machine = lookAtMachine();
  const config = await load().catch(asUnusable);
  if ('unusable' in config) return [...machine, config.unusable, clock.judge(null)];
  const { checks, newestAt } = lookAtEvidence(config);
  return [
    ...machine,
    ...lookAtConfiguration(config),
    ...lookAtFiles(config),
    ...checks,
    await lookAtPort(config),
    clock.judge(newestAt),
  ];
}

/** Both clocks now, to be compared with both later. */
function startOfLook() {
  const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
  return {
    judge(newestAt: EpochMs | null): Check {
      const now = systemClock.now();
      const jumpMs = now - wall - (systemClock.monotonic() - monotonic);
      return judgeClock({ now, jumpMs, newestAt });
    },
  };
}

function asUnusable(error: unknown): { readonly unusable: Check } {
  if (!isFlowForgeError(error)) throw error;
  return { unusable: fail('configuration', error.message, error.hint) };
}

function lookAtConfiguration({ files, warnings }: Config): readonly Check[] {
  const name = 'configuration';
  const from = files.map(({ path }) => path).join(', ') || 'no file; what is not given is default';
  const hint = '`flowforge config --origin` shows where each value comes from';
  return [ok(name, from), ...warnings.map((warning) => warn(name, warning, hint))];
}
