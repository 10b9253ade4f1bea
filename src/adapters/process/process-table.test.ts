import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { procFs } from './proc-fs.ts';
import type { ProcStat } from './process.ts';
import { withoutChildLists } from './process-table.ts';
import { psTable, readProcesses } from './ps-table.ts';

/** As ps of macOS writes our format. */
const OF_MACOS = `
    1     0     1 Ss    12:03.45  14336 Mon Nov 23 07:01:12 2026     /sbin/launchd
  501   400   501 S+     0:00.02   2048 Tue Nov  3 09:00:00 2026     /Applications/My App.app/Contents/MacOS/My App
  777   501   501 Z+     0:00.00      0 Tue Nov  3 09:00:01 2026     (sh)
nonsense
`;

describe('a listing of ps', () => {
  it('is read as macOS writes it', () => {
    const processes = readProcesses(OF_MACOS);
    expect([...processes.keys()]).toEqual([1, 501, 777]);
    expect(processes.get(1)).toMatchObject({ cpuMs: 723_450, rssPages: 3584, state: 'S' });
    expect(processes.get(501)).toMatchObject({ ppid: 400, pgid: 501, name: 'My App' });
    expect(processes.get(777)).toMatchObject({ ppid: 501, state: 'Z' });
  });

  it('counts hours and days of CPU time', () => {
    const row = ' 9 1 9 R 2-03:04:05 0 Tue Nov  3 09:00:00 2026 worker';
    expect(readProcesses(row).get(9)?.cpuMs).toBe((2 * 86_400 + 3 * 3600 + 4 * 60 + 5) * 1000);
  });
});

describe.runIf(process.platform === 'linux')('a table by ps', () => {
  const table = () =>
    psTable({
      ps: (args) => spawnSync('ps', args, { encoding: 'utf8', env: { LC_ALL: 'C' } }).stdout,
      environmentArgs: ['axeww', '-o', 'pid=,args='],
      now: () => performance.now(),
    });

  it('tells of a living child what /proc tells', async () => {
    const child = spawn('sleep', ['60'], { env: { FLOWFORGE_RUN_ID: 'run_ps' }, detached: true });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const { readStat, childPids, allPids, environmentValue } = table();
    // The kernel tells memory by counters of two exactnesses: the looks differ by some pages.
    const pages = (stat: ProcStat | null): number => stat?.rssPages ?? 0;
    expect(Math.abs(pages(readStat(pid)) - pages(procFs.readStat(pid)))).toBeLessThan(100);
    expect(pages(readStat(pid))).toBeGreaterThan(100);
    const { ppid, pgid, state } = procFs.readStat(pid) ?? {};
    expect(readStat(pid)).toMatchObject({ ppid, pgid, state, name: 'sleep' });
    expect(childPids(process.pid, 1)).toContain(pid);
    expect(allPids()).toEqual(expect.arrayContaining([1, process.pid, pid]));
    expect(environmentValue(pid, 'FLOWFORGE_RUN_ID')).toBe('run_ps');
    expect(environmentValue(pid, 'FLOWFORGE_NOTHING')).toBeNull();
  });

  it('looks anew once its listing is old', async () => {
    let now = 0;
    let looks = 0;
    const { readStat } = psTable({
      ps: () => (looks++ === 0 ? OF_MACOS : ''),
      environmentArgs: [],
      now: () => now,
    });
    expect(readStat(501)).not.toBeNull();
    now += 10;
    expect(readStat(501)).not.toBeNull();
    now += 100;
    expect(readStat(501)).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('a system without lists of children', () => {
  it('is asked for the parent of every process', async () => {
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    expect(withoutChildLists().childPids(process.pid, 1)).toEqual(
      expect.arrayContaining([child.pid]),
    );
    expect(withoutChildLists().childPids(child.pid ?? 0, 1)).toEqual([]);
  });
});
