// Verdicts on what a guard stands on: containment, control groups, the clock.

import type { Containment } from '../run.ts';
import type { EpochMs } from '../time.ts';
import { type Check, fail, ok, warn } from './check.ts';

export function judgeContainment(level: Containment): Check {
  const name = 'containment';
  if (level === 'pidns') return ok(name, 'shim, and pidns with --isolate');
  if (level === 'shim') return ok(name, 'shim');
  return warn(name, 'group: what hides from its parents can escape', 'see `shim` below');
}

export interface CgroupFacts {
  readonly mode: 'v2' | 'hybrid' | 'v1' | 'none';
  /** What this process and all below it may use; null: no limit. */
  readonly memoryBytesMax: number | null;
  readonly processesMax: number | null;
}

const MIB = 1024 * 1024;
/** Below these the guard itself may be the one that is refused. */
const GUARD_BYTES = 128 * MIB;
const GUARD_PROCESSES = 32;

export function judgeCgroup({ mode, memoryBytesMax, processesMax }: CgroupFacts): Check {
  const limits = [
    memoryBytesMax === null ? 'memory not limited' : `${Math.floor(memoryBytesMax / MIB)} MiB`,
    processesMax === null ? 'processes not limited' : `${processesMax} processes and threads`,
  ].join(', ');
  const detail = mode === 'none' ? 'there are none here' : `${mode}; ${limits}`;
  const isTight =
    (memoryBytesMax ?? GUARD_BYTES) < GUARD_BYTES ||
    (processesMax ?? GUARD_PROCESSES) < GUARD_PROCESSES;
  const hint =
    'the guard takes some 90 MiB and 15 threads of this, the command comes on top: raise the limit ' +
    '(docker --memory and --pids-limit, systemd MemoryMax= and TasksMax=)';
  return isTight ? warn('cgroup', detail, hint) : ok('cgroup', detail);
}

export interface ClockFacts {
  readonly now: EpochMs;
  /** How far the wall clock went, less how far the monotonic one did, between two looks. */
  readonly jumpMs: number;
  /** When the last event was recorded. */
  readonly newestAt: EpochMs | null;
}

const YEAR_MIN = 2025;
const YEAR_MAX = 2100;
const JUMP_MS_MAX = 500;
const AHEAD_MS_MAX = 5_000;

export function judgeClock({ now, jumpMs, newestAt }: ClockFacts): Check {
  const name = 'clock';
  const stamp = new Date(now).toISOString();
  const year = new Date(now).getUTCFullYear();
  const hint =
    'set it (`timedatectl set-ntp true`): the stamps in the evidence are the wall clock’s';
  if (year < YEAR_MIN || year > YEAR_MAX) return fail(name, `it says ${stamp}`, hint);
  if (Math.abs(jumpMs) > JUMP_MS_MAX) {
    return warn(name, `it jumped by ${Math.round(jumpMs)} ms while it was looked at`, hint);
  }
  const aheadMs = newestAt === null ? 0 : newestAt - now;
  if (aheadMs > AHEAD_MS_MAX) {
    const ahead = Math.round(aheadMs / 1000);
    return warn(name, `${stamp}, ${ahead} s before the last event in the evidence`, hint);
  }
  return ok(name, `${stamp}, and goes as the monotonic one`);
}
