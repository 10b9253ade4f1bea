// What `flowforge doctor` looks at.

import { dirname } from 'node:path';
import { probeContainment } from '../adapters/process/containment.ts';
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
    ...examineContainment(),
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

/** How surely a tree is held, and what each part of that rests on. */
function examineContainment(): Check[] {
  const { level, facts } = probeContainment(shimPath());
  const whole: Check = {
    name: 'containment',
    state: level === 'group' ? 'weak' : 'good',
    detail: level === 'pidns' ? 'shim, and pidns with --isolate' : level,
    hint: level === 'group' ? 'what hides from its parents can escape' : null,
  };
  const parts = facts.map(({ name, ok, detail, hint }): Check => {
    return { name, state: ok ? 'good' : 'weak', detail, hint: hint || null };
  });
  return [whole, ...parts];
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
