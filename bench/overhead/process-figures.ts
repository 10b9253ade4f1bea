// Reads from /proc what processes use, by pid.

import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process and its threads have used so far, in ms; 0 when it is gone. */
export function cpuMs(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'))
      .reduce((sum, text) => sum + Number.parseInt(text, 10) / 1e6, 0);
  } catch {
    return 0;
  }
}

/** Resident memory in bytes: all of it, and the part that is the process's own. */
export function memoryOf(pid: number): { readonly rss: number; readonly own: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { rss: of('Rss'), own: of('Private_Clean') + of('Private_Dirty') };
}

/** Bytes that a process has written so far. */
export function writtenBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/io`, 'latin1');
  return Number(/^wchar: (\d+)/m.exec(text)?.[1] ?? 0);
}

/** The first process under `root`, or that itself, which the system calls so. */
export function named(root: number, name: string): number | undefined {
  return descendants(root).find((pid) => nameOf(pid) === name);
}

/** What the system calls a process. */
export function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  } catch {
    return '';
  }
}

/** Whether a process still runs; one that only waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** A process and all that descend from it, whose command line holds `mark`. */
export function descendants(pid: number, mark = ''): number[] {
  const children = childrenOf(pid).flatMap((child) => descendants(child, mark));
  return isMarked(pid, mark) ? [pid, ...children] : children;
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark);
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter((text) => text.trim() !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}
