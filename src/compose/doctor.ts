// What `flowforge doctor` looks at.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { becomeSubreaper } from '../adapters/process/subreaper.ts';
import { openEvidence } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { isFlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import { diskFreeShare, shimPath } from './installed.ts';

/** One thing `doctor` looked at. `weak`: works, though not as well as it could; `bad`: does not work. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'weak' | 'bad';
  readonly detail: string;
  readonly hint: string | null;
}

/** Looks at everything a guard needs. Never throws: what fails is a finding. */
export function examine(config: Config): Check[] {
  return [
    { name: 'Node', state: 'good', detail: process.version, hint: null },
    examineContainment(),
    examineSubreaper(),
    examineStore(config),
    examineDisk(config),
    ...config.warnings.map((warning) => ({
      name: 'configuration',
      state: 'weak' as const,
      detail: warning,
      hint: '`flowforge config --origin` shows where each value comes from',
    })),
  ];
}

function examineContainment(): Check {
  const name = 'containment';
  if (existsSync(shimPath())) return { name, state: 'good', detail: 'shim', hint: null };
  const detail = 'group: the shim is not built, so what hides from its parents can escape';
  return { name, state: 'weak', detail, hint: 'install a C compiler (gcc) and build again' };
}

function examineSubreaper(): Check {
  const name = 'if the shim is killed';
  if (becomeSubreaper()) return { name, state: 'good', detail: 'its tree comes to us', hint: null };
  const detail = 'only what was seen, or carries the run id, is ended';
  return { name, state: 'weak', detail, hint: 'install the optional dependency koffi' };
}

function examineStore(config: Config): Check {
  const name = 'evidence';
  try {
    const store = openEvidence(config);
    const said = [...store.advice, store.log.trouble()].filter((it) => it !== null);
    store.close();
    const detail = said.length > 0 ? said.join('; ') : config.dbPath;
    return { name, state: said.length > 0 ? 'weak' : 'good', detail, hint: null };
  } catch (error) {
    const hint = isFlowForgeError(error) ? error.hint : null;
    return { name, state: 'bad', detail: error instanceof Error ? error.message : '', hint };
  }
}

function examineDisk(config: Config): Check {
  const name = 'disk';
  const share = diskFreeShare(dirname(config.dbPath));
  const detail = share === null ? 'unknown' : `${Math.round(share * 100)} % free`;
  const isLow = share !== null && share < LIMITS.diskFreeShareMin;
  const hint = 'below 2 % a run that floods is stopped; `flowforge prune` makes room';
  return { name, state: isLow ? 'bad' : 'good', detail, hint };
}
