// Who we are: which machine, which boot, which process. It stands in every event, so that the evidence of many
// hosts can be brought together, and recovery can tell whether a supervisor is gone.

import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SupervisorIdentity } from '../../core/event.ts';
import { ensurePrivateFolder } from './paths.ts';

export interface Host {
  /** Random, made once per state folder; says nothing about the machine. */
  readonly hostId: string;
  /** The kernel's id of this boot; `unknown` where there is none. */
  readonly bootId: string;
  /** This process. */
  readonly supervisor: SupervisorIdentity;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Identifies host, boot and process. Makes the state folder where it is missing. */
export function identifyHost(stateDir: string): Host {
  ensurePrivateFolder(stateDir);
  return {
    hostId: hostIdIn(stateDir),
    bootId: readOr('/proc/sys/kernel/random/boot_id', 'unknown').trim(),
    supervisor: { pid: process.pid, startTicks: ownStartTicks() },
  };
}

/** Several processes may start at the same time: the first complete file wins, by an atomic link. */
function hostIdIn(stateDir: string): string {
  const path = join(stateDir, 'host-id');
  const kept = readOr(path, '').trim();
  if (UUID.test(kept)) return kept;
  if (kept !== '') rmSync(path, { force: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomUUID()}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}

/** Field 22 of `/proc/self/stat`; the name in field 2 may hold anything, so count from its closing bracket. */
function ownStartTicks(): number {
  const stat = readOr('/proc/self/stat', '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
