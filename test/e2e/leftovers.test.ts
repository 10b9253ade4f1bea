import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLeftovers } from '../../src/adapters/process/leftovers.ts';
import { isAlive, readStat } from '../../src/adapters/process/process-table.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { RunId } from '../../src/core/id.ts';

async function sleeper(environment: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn('sleep', ['60'], { env: environment, detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child.pid ?? 0;
}

function leftovers() {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-leftovers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return createLeftovers(folder, systemClock);
}

const startTicksOf = (pid: number): number => readStat(pid)?.startTicks ?? 0;

describe.runIf(process.platform === 'linux')('what a lost run has left', () => {
  it('is ended, the leader by pid and start time, the others by the run’s id', async () => {
    const leader = await sleeper();
    const hidden = await sleeper({ FLOWFORGE_RUN_ID: 'run_lost' });
    const leaders = [{ pid: leader, startTicks: startTicksOf(leader) }];
    const { signals, survivors } = await leftovers().reap({ runId: 'run_lost' as RunId, leaders });
    expect(signals.map(({ pid }) => pid).sort()).toEqual([leader, hidden].sort());
    expect(survivors).toEqual([]);
  });

  it('is not a stranger that has got the pid of the leader since, nor one of another run', async () => {
    const stranger = await sleeper();
    const other = await sleeper({ FLOWFORGE_RUN_ID: 'run_other' });
    const startTicks = startTicksOf(stranger);
    const leaders = [{ pid: stranger, startTicks: startTicks - 1 }];
    const outcome = await leftovers().reap({ runId: 'run_lost' as RunId, leaders });
    expect(outcome).toEqual({ signals: [], survivors: [] });
    expect(isAlive(stranger, startTicks)).toBe(true);
    expect(isAlive(other, startTicksOf(other))).toBe(true);
  });
});
