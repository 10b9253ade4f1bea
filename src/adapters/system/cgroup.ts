// The control group of this process: which kind the machine has, and what it allows.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupFacts } from '../../core/diagnosis/machine.ts';

const ROOT = '/sys/fs/cgroup';
/** Node says so many where nothing limits it. */
const UNLIMITED_BYTES = 2 ** 53;

/** What the control group of this process is and allows. */
export function readCgroup(root = ROOT): CgroupFacts {
  const own = textOf('/proc/self/cgroup') ?? '';
  const memory = process.constrainedMemory();
  return {
    mode: modeOf(root, own),
    memoryBytesMax: memory > 0 && memory < UNLIMITED_BYTES ? memory : null,
    processesMax: processesMax(root, own),
  };
}

function modeOf(root: string, own: string): CgroupFacts['mode'] {
  if (existsSync(join(root, 'cgroup.controllers'))) return 'v2';
  if (!/^\d+:/m.test(own)) return 'none';
  return /^0::/m.test(own) ? 'hybrid' : 'v1';
}

/** The tightest limit from the group of this process up to the root that can be seen. */
function processesMax(root: string, own: string): number | null {
  const unified = existsSync(join(root, 'cgroup.controllers'));
  const [, path = '/'] = (unified ? /^0::(.*)$/m : /^\d+:pids:(.*)$/m).exec(own) ?? [];
  const base = unified ? root : join(root, 'pids');
  const steps = path.split('/').filter(Boolean);
  const limits = Array.from({ length: steps.length + 1 }, (_, depth) =>
    Number(textOf(join(base, ...steps.slice(0, depth), 'pids.max'))?.trim() || Number.NaN),
  ).filter(Number.isFinite);
  return limits.length > 0 ? Math.min(...limits) : null;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
