// Where events come from: the host, its boot, and this process.

import { readStat } from '../adapters/process/process-table.ts';
import { type Host, identifyHost } from '../adapters/system/host.ts';
import type { SupervisorIdentity } from '../core/event.ts';

/** Identifies host, boot and this process. Makes the state folder where it is missing. */
export function originIn(stateDir: string): Host & { readonly supervisor: SupervisorIdentity } {
  const startTicks = readStat(process.pid)?.startTicks ?? 0;
  return { ...identifyHost(stateDir), supervisor: { pid: process.pid, startTicks } };
}
