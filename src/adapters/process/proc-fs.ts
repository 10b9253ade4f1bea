// Reads single processes out of Linux's /proc. What has gone, or may not be read, is null: never an error.

import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import type { ProcessTable, ProcStat } from './process.ts';

/** Linux reports process times in these ticks on every architecture it runs on (USER_HZ). */
const MS_PER_TICK = 10;
const NS_PER_MS = 1e6;

const buffer = Buffer.allocUnsafe(64 * 1024);
/** Files of /proc come in pieces of about a page: a piece of less than half of one is the last. */
const LAST_PIECE_BYTES = 2048;

/** The first 64 KiB of a file of /proc as Latin-1, or null when it cannot be read. */
export function readProc(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      if (count < LAST_PIECE_BYTES) break;
    }
    return buffer.toString('latin1', 0, length);
  } catch {
    return null; // the process went while we read
  } finally {
    closeSync(fd);
  }
}

/** Parses a line of `/proc/<pid>/stat`. The name may hold spaces and parentheses: the last `)` ends it. */
export function parseStat(text: string): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    ppid: field(4),
    pgid: field(5),
    sid: field(6),
    minorFaults: field(10),
    cpuMs: (field(14) + field(15)) * MS_PER_TICK,
    childrenCpuMs: (field(16) + field(17)) * MS_PER_TICK,
    threadCount: field(20),
    startTicks: field(22),
    rssPages: field(24),
  };
}

/** Reads `/proc/<pid>/stat`, or null when the process is gone. */
function readStat(pid: number): ProcStat | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** Ids of all processes on the system. */
function allPids(): number[] {
  return readdirSync('/proc').filter(isDigits).map(Number);
}

/** Ids of a process's threads. */
export function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Direct children of a process, of whichever of its threads forked them. */
function childPids(pid: number, threadCount: number): number[] {
  const tids = threadCount > 1 ? threadIds(pid) : [pid];
  const children: number[] = [];
  for (const tid of tids) {
    const text = readProc(`/proc/${pid}/task/${tid}/children`);
    if (text) for (const word of text.split(' ')) if (word !== '') children.push(Number(word));
  }
  return children;
}

/** What the scheduler counts of a thread, as it says it: the same text twice means that it did not run in between. */
export function schedstat(pid: number, tid: number): string {
  return readProc(`/proc/${pid}/task/${tid}/schedstat`) ?? '';
}

/** Time in ms that a thread was runnable but waited for a processor; 0 where the kernel does not say. */
export function runQueueWaitMs(schedstatText: string): number {
  return Number(schedstatText.split(' ')[1] ?? 0) / NS_PER_MS;
}

/** Bytes through read(2) and write(2), or null where another user's process hides them. */
export function ioBytes(pid: number): { readBytes: number; writeBytes: number } | null {
  const text = readProc(`/proc/${pid}/io`);
  if (!text) return null;
  return { readBytes: numberAfter(text, 'rchar: '), writeBytes: numberAfter(text, 'wchar: ') };
}

/** Voluntary context switches of the main thread. */
export function voluntarySwitches(pid: number): number {
  const text = readProc(`/proc/${pid}/status`);
  return text ? numberAfter(text, '\nvoluntary_ctxt_switches:\t') : 0;
}

/** Open file descriptors, or null where they are hidden. Linux 6.2 tells by the size of the folder. */
export function fdCount(pid: number): number | null {
  const path = `/proc/${pid}/fd`;
  try {
    return statSync(path).size || readdirSync(path).length;
  } catch {
    return null;
  }
}

/** Soft limit of open files, or null where it is unlimited or hidden. */
export function fdSoftLimit(pid: number): number | null {
  const match = /^Max open files\s+(\d+)/m.exec(readProc(`/proc/${pid}/limits`) ?? '');
  return match ? Number(match[1]) : null;
}

/** Proportional set size in bytes, or null where it is hidden. Dear: milliseconds for a large process. */
export function pssBytes(pid: number): number | null {
  const text = readProc(`/proc/${pid}/smaps_rollup`);
  return text ? numberAfter(text, '\nPss:') * 1024 : null;
}

/** The value of a variable in the environment that a process was started with, or null. */
function environmentValue(pid: number, name: string): string | null {
  const text = readProc(`/proc/${pid}/environ`);
  const entry = text?.split('\0').find((line) => line.startsWith(`${name}=`));
  return entry ? entry.slice(name.length + 1) : null;
}

/** Size of a memory page in bytes, from what the kernel says of ourselves in both units. */
export function pageBytes(): number {
  const rssKib = numberAfter(readProc('/proc/self/status') ?? '', '\nVmRSS:');
  const rssPages = readStat(process.pid)?.rssPages ?? 0;
  if (rssKib === 0 || rssPages === 0) return 4096;
  return 2 ** Math.round(Math.log2((rssKib * 1024) / rssPages));
}

/** The processes of this system. */
export const procFs: ProcessTable = { readStat, allPids, childPids, environmentValue };

const isDigits = (text: string): boolean => /^\d+$/.test(text);

function numberAfter(text: string, label: string): number {
  const at = text.indexOf(label);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + label.length), 10) || 0;
}
