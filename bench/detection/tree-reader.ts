// Reads the resources of a process tree from /proc, for recording traces. Children that exited are counted
// by their parents' cutime, as far as those lived long enough to be seen.

import { readdirSync, readFileSync } from 'node:fs';
import type { TreeSample } from '../../src/core/detection/sample.ts';
import type { MonotonicMs } from '../../src/core/time.ts';

const TICK_MS = 10;
const PAGE_BYTES = 4096;

interface Reading {
  readonly pid: number;
  readonly ppid: number;
  readonly cpuMs: number;
  readonly waitMs: number;
  readonly minorFaults: number;
  readonly threads: number;
  readonly rssBytes: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly switches: number;
  readonly fds: number;
}

/** A reader of the tree below `leader`; counters never go back when members exit. */
export function createTreeReader(leader: number): (at: MonotonicMs) => TreeSample | null {
  const known = new Set<number>();
  let highest: TreeSample | null = null;
  return (at) => {
    const members = readTree(leader);
    if (members.length === 0) return null;
    for (const { pid } of members) known.add(pid);
    const sum = (field: Exclude<keyof Reading, 'pid' | 'ppid'>) =>
      members.reduce((total, member) => total + member[field], 0);
    const grows = (
      field: 'cpuMs' | 'waitMs' | 'readBytes' | 'writeBytes' | 'minorFaults',
      now: number,
    ) => Math.round(Math.max(highest?.[field] ?? 0, now));
    const sample: TreeSample = {
      at,
      cpuMs: grows('cpuMs', sum('cpuMs')),
      waitMs: grows('waitMs', sum('waitMs')),
      rssBytes: sum('rssBytes'),
      pssBytes: null,
      processCount: members.length,
      threadCount: sum('threads'),
      fdCount: sum('fds'),
      fdLimit: 1024,
      readBytes: grows('readBytes', sum('readBytes')),
      writeBytes: grows('writeBytes', sum('writeBytes')),
      minorFaults: grows('minorFaults', sum('minorFaults')),
      voluntarySwitches: Math.max(highest?.voluntarySwitches ?? 0, sum('switches')),
      births: known.size,
      members: [],
    };
    highest = sample;
    return sample;
  };
}

function readTree(leader: number): readonly Reading[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const tree = new Set([leader]);
  for (let grew = true; grew; ) {
    const before = tree.size;
    for (const { pid, ppid } of all) if (tree.has(ppid)) tree.add(pid);
    grew = tree.size > before;
  }
  return all.filter(({ pid }) => tree.has(pid));
}

/** One process, or null when it has gone meanwhile. */
function readProcess(pid: number): Reading | null {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  if (fields.length < 22) return null;
  const field = (number: number) => fields[number - 3] ?? 0;
  const io = read(`/proc/${pid}/io`);
  return {
    pid,
    ppid: field(4),
    cpuMs: TICK_MS * (field(14) + field(15) + field(16) + field(17)),
    waitMs: Number(read(`/proc/${pid}/schedstat`).split(' ')[1] ?? 0) / 1e6,
    minorFaults: field(10) + field(11),
    threads: field(20),
    rssBytes: PAGE_BYTES * field(24),
    readBytes: Number(/^rchar: (\d+)/m.exec(io)?.[1] ?? 0),
    writeBytes: Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0),
    switches: Number(
      /^voluntary_ctxt_switches:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0,
    ),
    fds: list(`/proc/${pid}/fd`).length,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
