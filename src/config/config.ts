// The configuration as the program uses it: one frozen value, passed down from the start.

import { join } from 'node:path';
import { type Policy, PROFILE_POLICIES } from '../core/policy/policy.ts';
import type { Containment } from '../core/run.ts';
import type { ManagerAddress } from './environment.ts';
import type { ConfigFile } from './file.ts';
import type { Origins } from './resolve.ts';
import type { Values } from './schema.ts';

export interface Config {
  readonly policy: Policy;
  readonly dbPath: string;
  readonly stateDir: string;
  readonly api: boolean;
  readonly port: number;
  readonly bindHost: string;
  readonly hostNames: readonly string[];
  readonly readNeedsKey: boolean;
  readonly name: string | null;
  readonly pty: 'auto' | 'always' | 'never';
  readonly isolate: boolean;
  /** The pid of our parent, which the run shall not outlive. */
  readonly endWith: number | null;
  readonly requireContainment: Containment | null;
  /** What is taken out of the record, and what stays, beside what is known to be secret. */
  readonly redaction: { readonly patterns: readonly string[]; readonly allow: readonly string[] };
  /** How much evidence is kept; null: the default of its place, and for ever. */
  readonly retention: { readonly bytesMax: number | null; readonly forMs: number | null };
  /** Who knows it may act. Never printed, stored or passed on. */
  readonly apiKey: string | null;
  /** 32 bytes. Never printed, stored or passed on. */
  readonly masterKey: Uint8Array | null;
  /** The files that the keys were read from. */
  readonly keyFiles: readonly string[];
  /** What the command gets as its environment: ours, without our keys. */
  readonly childEnvironment: Readonly<Record<string, string>>;
  /** The service manager that started us and waits for word, or null. */
  readonly manager: ManagerAddress | null;
  /** The files that were read, weakest first. */
  readonly files: readonly ConfigFile[];
  /** Every setting as resolved, and where each came from. */
  readonly values: Values;
  readonly origins: Origins;
  /** What the person at the terminal should know, one sentence each. */
  readonly warnings: readonly string[];
}

/** What the values of the settings do not tell. */
export type Surroundings = Pick<
  Config,
  | 'apiKey'
  | 'masterKey'
  | 'keyFiles'
  | 'childEnvironment'
  | 'manager'
  | 'files'
  | 'origins'
  | 'warnings'
> & {
  /** The one that was named, or what stands for it. */
  readonly stateDir: string;
};

/** Makes the configuration from resolved values. */
export function configFrom(values: Values, surroundings: Surroundings): Config {
  const { stateDir } = surroundings;
  return deepFreeze({
    ...surroundings,
    policy: policyFrom(values),
    dbPath: values.db ?? join(stateDir, 'flowforge.db'),
    api: values.api,
    port: values.port,
    bindHost: values['bind-host'],
    hostNames: values['host-names'],
    readNeedsKey: values['read-needs-key'],
    name: values.name,
    pty: values.pty,
    isolate: values.isolate,
    endWith: values['end-with'],
    requireContainment: values['require-containment'],
    redaction: { patterns: values.redact, allow: values['redact-allow'] },
    retention: { bytesMax: values['keep-size'], forMs: values['keep-for'] },
    values,
  });
}

/** The policy that the values of the settings describe. */
export function policyFrom(values: Values): Policy {
  const profile = PROFILE_POLICIES[values.profile];
  return {
    profile: values.profile,
    rollout: values['no-kill'] ? 'shadow' : values.rollout,
    canaryPercent: values['canary-percent'],
    onRunaway: values['on-runaway'],
    limits: {
      maxCpuPercent: values['max-cpu'],
      maxMemoryBytes: values['max-memory'],
      maxTimeMs: values['max-time'],
      maxCpuTimeMs: values['max-cpu-time'],
      maxSilenceMs: values['max-silence'],
      maxOutputBytes: values['max-output'],
      maxTokens: values['max-tokens'],
      maxCostUsd: values['max-cost'],
    },
    detection: {
      ...profile.detection,
      startGraceMs: values['start-grace'],
      alertAt: values['alert-at'],
      stopAt: values['stop-at'],
      stopHoldMs: values['stop-hold'],
      progressRegex: values['progress-regex'],
      mayStop: values['may-stop'],
    },
    stop: {
      signal: values['stop-signal'],
      graceMs: values.grace,
      leaveBackground: values['leave-background'],
    },
    restart: {
      mode: values.restart,
      maxRestarts: values['max-restarts'],
      windowMs: values['restart-window'],
      backoffMinMs: values['restart-wait'],
      backoffMaxMs: values['restart-wait-max'],
      healthyAfterMs: values['healthy-after'],
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
