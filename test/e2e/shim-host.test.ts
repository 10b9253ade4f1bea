// Trees under the shim as FlowForge holds them: every byte and every CPU second counted once, nobody else's touched.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createShimHost } from '../../src/adapters/process/shim-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import type { TreeFact } from '../../src/ports.ts';
import { CHILDREN } from '../support/flowforge.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';
import { SHIM } from '../support/shim.ts';

const TICK_MS = 10;
const newMark = (): string => `mark-${process.pid}-${performance.now()}`;

function start(...argv: [string, ...string[]]) {
  const sink = openSync('/dev/null', 'w');
  const sinkOfErrors = openSync('/dev/zero', 'w');
  const facts: TreeFact[] = [];
  const before = new Set(childrenOf(process.pid));
  const host = createShimHost({
    path: SHIM,
    clock: systemClock,
    stdout: sink,
    stderr: sinkOfErrors,
    ignoredSignals: 0n,
    openFiles: null,
    isolate: false,
  });
  const runId = systemIds.runId();
  const environment = { PATH: process.env['PATH'] ?? '', FLOWFORGE_RUN_ID: runId };
  const order = { runId, command: { argv, cwd: '/' }, environment, pty: 'never', isolate: false };
  const tree = host.spawn(order as Parameters<typeof host.spawn>[0], (fact) => facts.push(fact));
  for (const fd of [sink, sinkOfErrors]) closeSync(fd);
  onTestFinished(() => tree.kill());
  const shimPid = childrenOf(process.pid).find((pid) => !before.has(pid)) ?? 0;
  const has = (type: TreeFact['type']): boolean => facts.some((fact) => fact.type === type);
  return { tree, facts, has, shimPid };
}

/** Bytes told, copied and skipped together. */
const told = (facts: readonly TreeFact[]): number =>
  facts.reduce((sum, fact) => {
    if (fact.type === 'output') return sum + fact.bytes.length;
    return fact.type === 'output-skipped' ? sum + fact.byteCount : sum;
  }, 0);

describe('a tree under the shim', () => {
  it('tells every byte once, copied or skipped, however fast they come', async () => {
    for (const size of [0, 1, 70_000, 8_450_000, 9_000_000, 60_000_000]) {
      const { has, facts } = start('head', '-c', String(size), '/dev/zero');
      await until(() => has('emptied'), 'it is over');
      expect(told(facts)).toBe(size);
    }
  });

  it('is known by its leader’s start time, however soon that is over', async () => {
    for (let round = 0; round < 30; round++) {
      const { has, facts } = start('true');
      await until(() => has('emptied'), 'it is over');
      const spawned = facts.find((fact) => fact.type === 'spawned');
      expect(spawned?.type === 'spawned' && spawned.startTicks).toBeGreaterThan(0);
    }
  });

  it('costs about a megabyte, whatever the tree prints and however many die in it', async () => {
    const storm = 'i=0; while [ $i -lt 1000 ]; do (:); i=$((i+1)); done';
    const job = `${storm}; head -c 100000000 /dev/zero; echo done >&2; sleep 60`;
    const { tree, facts, has, shimPid } = start('sh', '-c', job);
    await until(() => text(facts, 'stderr').includes('done'), 'all is printed');
    const status = readFileSync(`/proc/${shimPid}/status`, 'latin1');
    expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(1280);
    tree.kill();
    await until(() => has('emptied'), 'it is over');
  });

  it('counts the CPU of children that die between two looks, and counts none of it twice', async () => {
    const busy = 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done';
    const job = `for i in 1 2 3 4 5 6 7 8; do sh -c '${busy}' & wait; done; times`;
    const { tree, has, facts } = start('bash', '-c', `${job}; sleep 60`);
    let cpuMs = 0;
    await until(() => {
      // Looked at as often as can be, it is caught at every stage of a child's end.
      cpuMs = tree.sample()?.cpuMs ?? cpuMs;
      return text(facts).split('\n').length > 2;
    }, 'bash tells its times');
    const truthMs = [...text(facts).matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
      0,
    );
    expect(truthMs, text(facts)).toBeGreaterThan(100);
    // The kernel tells each of the four times of a process in whole ticks, rounded down.
    expect(cpuMs).toBeGreaterThan(truthMs * 0.97 - 4 * TICK_MS);
    expect(cpuMs).toBeLessThan(truthMs * 1.03 + TICK_MS);
    tree.kill();
    await until(() => has('emptied'), 'it is over');
  });

  it('that loses its shim is ended to the last orphan, and no other child of ours is touched', async () => {
    const decoy = spawn('sleep', ['60'], { stdio: 'ignore' });
    const decoyEnded = new Promise((done) => decoy.once('exit', (_, signal) => done(signal)));
    const mark = newMark();
    const { has, shimPid, facts } = start('python3', join(CHILDREN, 'leaks.py'), mark);
    await until(() => text(facts).includes('leaked'), 'they are made');
    await until(() => processesWith(mark).length >= 8, 'they are there');
    process.kill(shimPid, 'SIGKILL');
    await until(() => has('emptied'), 'it is over');
    expect(facts.map((fact) => fact.type)).toContain('host-lost');
    await until(() => processesWith(mark).length === 0, 'nothing is left', 1000);
    expect(isAlive(decoy.pid ?? 0)).toBe(true);
    decoy.kill('SIGTERM');
    expect(await decoyEnded).toBe('SIGTERM'); // nobody else has reaped it
  });
});

function text(facts: readonly TreeFact[], stream = 'stdout'): string {
  return facts
    .filter((fact) => fact.type === 'output' && fact.stream === stream)
    .map((fact) => (fact.type === 'output' ? Buffer.from(fact.bytes).toString('latin1') : ''))
    .join('');
}

const isAlive = (pid: number): boolean => !['', 'Z'].includes(stateOf(pid));

function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}
