// Where the API of this state folder is: a small file that the process which answers writes, and others read.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Beacon {
  readonly pid: number;
  readonly startTicks: number;
  readonly host: string;
  readonly port: number;
  readonly dbPath: string;
  /** Whether it answers until it is told to end, or only as long as a run goes on. */
  readonly isLasting: boolean;
}

const pathIn = (stateDir: string, port: number): string => join(stateDir, `api-${port}.json`);

export function lightBeacon(stateDir: string, beacon: Beacon): void {
  const path = pathIn(stateDir, beacon.port);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(beacon)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Takes the beacon away, if it is still ours. */
export function dimBeacon(stateDir: string, port: number): void {
  if (readBeacon(stateDir, port)?.pid === process.pid)
    rmSync(pathIn(stateDir, port), { force: true });
}

/** Who said last that it answers on that port; it may be gone. */
export function readBeacon(stateDir: string, port: number): Beacon | null {
  try {
    return JSON.parse(readFileSync(pathIn(stateDir, port), 'utf8')) as Beacon;
  } catch {
    return null;
  }
}
