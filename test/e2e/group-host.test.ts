import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGroupHost } from '../../src/adapters/process/group-host.ts';
import { readStat } from '../../src/adapters/process/process-table.ts';
import { TreeSampler } from '../../src/adapters/process/tree-sampler.ts';
import { walkTree } from '../../src/adapters/process/tree-walk.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import type { SignalScope } from '../../src/core/run.ts';
import type { TreeFact } from '../../src/ports.ts';
import { CHILDREN } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

function start(argv: readonly [string, ...string[]]) {
  const facts: TreeFact[] = [];
  const stdout = new PassThrough();
  const printed: Buffer[] = [];
  stdout.on('data', (bytes: Buffer) => printed.push(bytes));
  const runId = systemIds.runId();
  const environment = { PATH: process.env['PATH'] ?? '', FLOWFORGE_RUN_ID: runId };
  const host = createGroupHost(systemClock, { stdout, stderr: stdout });
  const order = {
    runId,
    command: { argv, cwd: '/' },
    environment,
    pty: 'never' as const,
    isolate: false,
  };
  const tree = host.spawn(order, (fact) => facts.push(fact));
  onTestFinished(() => tree.kill());
  const has = (type: TreeFact['type']) => () => facts.some((fact) => fact.type === type);
  return { tree, facts, has, text: () => Buffer.concat(printed).toString() };
}

/** A mark that stands in the command line of a test's own processes only. */
const mark = (): string => `mark-${systemIds.runId()}`;

describe('a tree without a shim', () => {
  it('is emptied of every member that was seen or carries the run id, whatever it did to hide', async () => {
    const name = mark();
    const { tree, text, has } = start(['python3', `${CHILDREN}/leaks.py`, name]);
    await until(() => text().includes('leaked'), 'the leaks are made');
    tree.sample();
    tree.kill();
    await until(has('emptied'), 'the tree is empty');
    // A process that left its parents before it was ever seen, with an empty environment, is beyond this
    // containment: said in the documentation, and what the shim is for.
    expect(processesWith(name).length).toBeLessThanOrEqual(1);
    for (const pid of processesWith(name)) process.kill(pid, 'SIGKILL');
  });

  it('sends to everybody, to the leader’s group, or to the leader alone', async () => {
    const { tree, facts, text } = start([
      'sh',
      '-c',
      'trap "" USR1; setsid sleep 60 & sleep 60 & echo ready; wait',
    ]);
    await until(() => text().includes('ready'), 'ready');
    const sleepers = () => tree.sample()?.members.filter(({ name }) => name === 'sleep').length;
    await until(() => sleepers() === 2, 'three members, one in a session of its own');
    const reached = (scope: SignalScope): number => {
      tree.signal('SIGWINCH', scope);
      const last = facts.findLast((fact) => fact.type === 'signalled');
      return last?.type === 'signalled' ? last.signals.length : 0;
    };
    expect([reached('tree'), reached('group'), reached('leader')]).toEqual([3, 2, 1]);
  });

  it('never touches a process of the same session that is not of the run', async () => {
    const decoy = spawn('sleep', ['60']);
    onTestFinished(() => void decoy.kill('SIGKILL'));
    const { tree, has } = start(['sleep', '60']);
    await until(has('spawned'), 'spawned');
    tree.kill();
    await until(has('emptied'), 'empty');
    expect(readStat(decoy.pid ?? 0)?.state).toBe('S');
  });

  it('passes 20 MB on unchanged while it copies what its budget allows', async () => {
    const { has, facts, text } = start(['sh', '-c', 'yes 0123456789abcde | head -c 20000000']);
    await until(has('emptied'), 'empty');
    await until(() => text().length === 20_000_000, 'all of it');
    const counted = facts.reduce((sum, fact) => {
      if (fact.type === 'output') return sum + fact.bytes.length;
      return fact.type === 'output-skipped' ? sum + fact.byteCount : sum;
    }, 0);
    expect(counted).toBe(20_000_000);
  });
});

describe('the sampler', () => {
  const busy = 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done';

  const sampler = (child: ChildProcess): TreeSampler =>
    new TreeSampler({
      members: () => walkTree([child.pid ?? 0], true),
      reapedCpuMs: () => 0,
      now: () => systemClock.monotonic(),
    });

  it('sees the CPU of children that lived and died between two samples', async () => {
    const job = `for i in 1 2 3 4 5 6 7 8; do sh -c '${busy}'; done; times; read x`;
    const child = spawn('bash', ['-c', job], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const reading = sampler(child);
    reading.sample();
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    await until(() => text.split('\n').length > 2, 'bash tells its times');
    const seenMs = reading.sample()?.cpuMs ?? 0;
    // bash prints "0m1.234s 0m0.050s" (user, system) for itself and for its children.
    const truthMs = [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
      0,
    );
    expect(truthMs).toBeGreaterThan(100);
    expect(seenMs / truthMs).toBeGreaterThan(0.95);
    expect(seenMs / truthMs).toBeLessThan(1.1);
  });

  it('counts the memory of a shell’s child, and never goes backwards', async () => {
    const eat = 'x = bytearray(60_000_000); print("full", flush=True); input()';
    const child = spawn('sh', ['-c', `python3 -c '${eat}'; true`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.stdin.end('\n');
    });
    const reading = sampler(child);
    const first = reading.sample();
    await new Promise((full) => child.stdout.once('data', full));
    const last = reading.sample();
    expect(last?.rssBytes).toBeGreaterThan(60_000_000);
    expect(last?.cpuMs).toBeGreaterThanOrEqual(first?.cpuMs ?? 0);
    expect(last?.members.some((member) => member.name.startsWith('python3'))).toBe(true);
  });
});

describe('a tree', () => {
  it('tells why it could not be started', async () => {
    const failure = async (...argv: [string, ...string[]]): Promise<string | undefined> => {
      const { facts, has } = start(argv);
      await until(has('spawn-failed'), 'failed');
      return facts.map((fact) => (fact.type === 'spawn-failed' ? fact.failure : '')).join('');
    };
    expect(await failure('no-such-command')).toBe('not-found');
    expect(await failure('/')).toBe('not-executable');
  });
});
