// Which machine, and which boot of it. It stands in every event, so that the evidence of many hosts can be brought
// together.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateFolder } from './paths.ts';

export interface Host {
  /** Random, made once per state folder; says nothing about the machine. */
  readonly hostId: string;
  /** The kernel's id of this boot; `unknown` where there is none. */
  readonly bootId: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Identifies host and boot. Makes the state folder where it is missing. */
export function identifyHost(stateDir: string): Host {
  ensurePrivateFolder(stateDir);
  return {
    hostId: hostIdIn(stateDir),
    bootId: bootId(),
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

function bootId(): string {
  const ofLinux = readOr('/proc/sys/kernel/random/boot_id', '').trim();
  if (ofLinux !== '' || process.platform !== 'darwin') return ofLinux || 'unknown';
  const { stdout } = spawnSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], {
    encoding: 'utf8',
  });
  return stdout?.trim().toLowerCase() || 'unknown';
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
