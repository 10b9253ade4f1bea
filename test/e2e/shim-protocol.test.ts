// The shim alone, driven over its sockets. Seeds of the random parts come from FLOWFORGE_SEED.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CopyReader, parseReport } from '../../src/adapters/process/shim-wire.ts';
import { CHILDREN } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';
import { startShim } from '../support/shim.ts';

const LEAKS = join(CHILDREN, 'leaks.py');
const ROUNDS = Number(process.env['FLOWFORGE_SHIM_ROUNDS'] ?? 12);
const isSanitized = process.env['FLOWFORGE_TEST_SHIM'] !== undefined;
/** A sanitizer maps what a limit of memory forbids, and takes its time. */
const GONE_WITHIN_MS = isSanitized ? 5000 : 1000;

let made = 0;
const newMark = (): string => `shim-${process.pid}-${++made}-${performance.now()}`;

/** A small generator (mulberry32): the same seed gives the same run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const SEED = Number(process.env['FLOWFORGE_SEED'] ?? 1);

describe('the shim tells', () => {
  it('its version first, then the start, the end, what was used, and that nothing is left', async () => {
    const shim = startShim(['sh', '-c', 'echo hello; exit 3']);
    expect((await shim.ended).code).toBe(0);
    expect(shim.reports[0]).toEqual({ type: 'version', version: 3 });
    const types = shim.reports.map(({ type }) => type).filter((type) => type !== 'usage');
    expect(types).toEqual(['version', 'spawned', 'exited', 'empty', 'drained', 'drained', 'end']);
    expect(await shim.report('empty')).toEqual({ type: 'empty', proof: 'echild' });
    expect(shim.stdout.text).toBe('hello\n');
  });

  it('every exit code from 0 to 255', async () => {
    const codeOf = async (code: number): Promise<number> => {
      const shim = startShim(['sh', '-c', `exit ${code}`]);
      await shim.ended;
      return (await shim.report('exited')).code;
    };
    for (let first = 0; first < 256; first += 16) {
      const codes = Array.from({ length: 16 }, (_, i) => first + i);
      expect(await Promise.all(codes.map(codeOf))).toEqual(codes);
    }
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGSEGV', 'SIGABRT', 'SIGPIPE', 'SIGUSR1'] as const)(
    'the end by %s',
    async (signal) => {
      const shim = startShim(['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`]);
      await shim.ended;
      expect((await shim.report('killed')).signal).toBe(constants.signals[signal]);
    },
  );

  it.each([
    ['a command that is not there', 'no-such-command', constants.errno.ENOENT],
    ['a file that may not be executed', '/etc/passwd', constants.errno.EACCES],
    ['a folder', '/tmp', constants.errno.EACCES],
  ])('why %s was not started', async (_, program, errno) => {
    const shim = startShim([program]);
    expect((await shim.ended).code).toBe(125);
    expect(await shim.report('failed')).toEqual({ type: 'failed', stage: 'exec', errno });
  });

  it('the CPU time of everything it has reaped, as the kernel counts it', async () => {
    const burn =
      'import os, time\nfor _ in range(4):\n  if os.fork() == 0:\n    if os.fork() == 0:\n      while time.process_time() < 0.1: pass\n    os._exit(0)\n  os.wait()';
    const shim = startShim(['python3', '-c', `${burn}\nwhile time.process_time() < 0.2: pass`]);
    await shim.ended;
    const usage = shim.reports.findLast((it) => it.type === 'usage');
    expect(usage?.count).toBe(5);
    expect(usage?.cpuUs).toBeGreaterThan(600_000);
    expect(usage?.cpuUs).toBeLessThan(1_500_000);
    expect(usage?.maxRssKb).toBeGreaterThan(3000);
  });
});

describe('the shim obeys', () => {
  it('signals to the tree, to the leader’s group and to the leader, and says who got them', async () => {
    const script = 'setsid sleep 60 & sleep 60 & echo ready; wait';
    const shim = startShim(['sh', '-c', script]);
    await until(() => shim.stdout.text.includes('ready'), 'ready');
    const reached = async (scope: string): Promise<number> => {
      const before = shim.reports.filter(({ type }) => type === 'sent').length;
      shim.order(`signal ${constants.signals.SIGWINCH} ${scope}`);
      await until(() => shim.reports.filter(({ type }) => type === 'sent').length > before, scope);
      const sent = shim.reports.findLast((it) => it.type === 'sent');
      return sent?.count ?? -1;
    };
    await expect.poll(() => reached('tree')).toBe(3);
    expect([await reached('group'), await reached('leader')]).toEqual([2, 1]);
    shim.order('kill');
    await shim.report('empty');
  });

  it('a kill, with the proof that nothing is left of whatever hid', async () => {
    const mark = newMark();
    const shim = startShim(['python3', LEAKS, mark]);
    await until(() => processesWith(mark).length >= 8, 'all are there');
    shim.order('kill');
    await shim.report('empty');
    expect(shim.left(mark)).toEqual([]);
    expect((await shim.ended).code).toBe(0);
  });

  it('a signal to 6,000 members and their kill, beyond what one list of children holds', async () => {
    const mark = newMark();
    const count = isSanitized ? 500 : 6000;
    // Forked by one small process: each costs little, and all of them are children of one.
    const fork = `$|=1; for (1..${count}) { my $p = fork(); last unless defined $p; if ($p == 0) { $SIG{USR1} = sub { exit 0 }; sleep 60; exit } } print "forked\\n"; $SIG{USR1} = "IGNORE"; while (wait() > 0) { $n++ } print "reaped $n\\n"; # ${mark}`;
    const shim = startShim(['perl', '-e', fork]);
    await until(() => shim.stdout.text.includes('forked'), 'forked');
    shim.order(`signal ${constants.signals.SIGUSR1} tree`);
    await until(() => shim.stdout.text.includes('reaped'), 'all got it', 40_000);
    expect(shim.stdout.text).toContain(`reaped ${count}`);
    await shim.report('empty');
    expect(shim.left(mark)).toEqual([]);
  });

  it('a release: the job outlives the life-line', async () => {
    const shim = startShim(['sh', '-c', 'sleep 0.2; echo on']);
    await shim.report('spawned');
    shim.order('release');
    await new Promise<void>((done) => shim.lifeLine.end(done));
    await shim.ended;
    expect(shim.stdout.text).toBe('on\n');
  });
});

describe('what a leader leaves behind', () => {
  it.each([['--pty=never'], ['--pty=always'], ['--isolate']])(
    'is waited for, and then nothing is left (%s)',
    async (flag) => {
      const shim = startShim(['sh', '-c', 'setsid sleep 0.1 & exit 6'], { flags: [flag] });
      await shim.ended;
      if (shim.reports.some((it) => it.type === 'failed')) return; // no namespace on this machine
      expect((await shim.report('exited')).code).toBe(6);
      expect((await shim.report('empty')).type).toBe('empty');
      expect(shim.reports.at(-1)).toEqual({ type: 'end' });
    },
  );
});

describe('the copy', () => {
  it('misses nothing while it is read, and every byte is accounted for', async () => {
    const shim = startShim(['sh', '-c', 'yes 0123456789 | head -c 5000000'], {
      keepsOutput: false,
    });
    await shim.ended;
    expect(shim.stdout.bytes).toBe(5_000_000);
    const drained = await shim.report('drained');
    expect(drained).toMatchObject({ stream: 'stdout', passedBytes: 5_000_000 });
    expect(shim.stdout.copied).toBe(drained.copiedBytes);
    expect(shim.stdout.copied + shim.stdout.missed).toBeLessThanOrEqual(5_000_000);
  });

  it('holds up nobody when it is never read, and the gap is told exactly', async () => {
    const shim = startShim(['sh', '-c', 'yes 0123456789 | head -c 30000000'], {
      readsCopies: false,
      keepsOutput: false,
    });
    const drained = await shim.report('drained');
    expect(shim.stdout.bytes).toBe(30_000_000);
    expect(drained.passedBytes).toBe(30_000_000);
    expect(drained.copiedBytes).toBeLessThan(3_000_000);
    shim.child.kill('SIGKILL');
    await shim.ended;
  });

  it('tells a gap at the end of a burst at once, though the stream stays open and silent', async () => {
    const shim = startShim(['sh', '-c', 'yes 0123456789 | head -c 5000000; sleep 60'], {
      readsCopies: false,
      keepsOutput: false,
    });
    await until(() => shim.stdout.bytes === 5_000_000, 'the whole burst');
    shim.readCopies();
    await until(() => shim.stdout.copied + shim.stdout.missed === 5_000_000, 'every byte told');
    expect(shim.stdout.missed).toBeGreaterThan(0);
  });

  it('tells gaps by the offsets of its frames', () => {
    const told: (string | number)[] = [];
    const reader = new CopyReader(
      (bytes) => told.push(Buffer.from(bytes).toString()),
      (gap) => told.push(gap),
    );
    const frame = (offset: number, text: string): Buffer => {
      const header = Buffer.alloc(16);
      header.writeBigUInt64LE(BigInt(offset));
      header.writeBigUInt64LE(BigInt(text.length), 8);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    const all = Buffer.concat([frame(0, 'ab'), frame(7, 'c')]);
    for (const byte of all) reader.read(Buffer.of(byte));
    reader.end(10);
    expect(told).toEqual(['a', 'b', 5, 'c', 2]);
  });
});

describe('nothing survives', () => {
  const orders = [
    'kill',
    'signal 15 tree',
    'signal 19 group',
    'signal 18 leader',
    'signal 10 tree',
  ];

  function garbage(random: () => number): Buffer {
    const length = 1 + Math.floor(random() * 400);
    const bytes = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
    const order = orders[Math.floor(random() * orders.length)] ?? '';
    const cut = order.slice(0, Math.floor(random() * order.length));
    return Buffer.concat([Buffer.from(`${cut}\n`), bytes, Buffer.from('\n')]);
  }

  it.each([
    'kill ',
    'signal 9 everybody',
    'signal 0 tree',
    'signal 65 tree',
    'signal 99999999999999999999 tree',
    'signal 9  tree x',
    '',
    'release\0kill',
    'x'.repeat(300),
  ])('an order that is none (%j)', async (line) => {
    const mark = newMark();
    const shim = startShim(['python3', LEAKS, mark]);
    await until(() => processesWith(mark).length >= 8, 'all are there');
    shim.order(line);
    expect((await shim.ended).code).toBe(125);
    expect(processesWith(mark)).toEqual([]);
  });

  it(`random orders, ${ROUNDS} times`, async () => {
    const random = generator(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const mark = newMark();
      const shim = startShim(['python3', LEAKS, mark]);
      await until(() => shim.stdout.text.includes('leaked'), 'leaked');
      for (let i = 0; i < 3; i++) shim.lifeLine.write(garbage(random));
      await shim.ended;
      await until(() => processesWith(mark).length === 0, `round ${round}`, GONE_WITHIN_MS);
    }
  });

  it(`a life-line that ends at a random instant, ${ROUNDS} times`, async () => {
    const random = generator(SEED + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const mark = newMark();
      const shim = startShim(['python3', LEAKS, mark]);
      await new Promise((done) => setTimeout(done, random() * 120)); // the instant is the point
      shim.lifeLine.destroy();
      await shim.ended;
      await until(() => processesWith(mark).length === 0, `round ${round}`, GONE_WITHIN_MS);
    }
  });

  it('a shim that is killed, but for what had left its leader: that is FlowForge’s part', async () => {
    const mark = newMark();
    const shim = startShim(['sh', '-c', `echo up; sleep 60 # ${mark}`]);
    await until(() => shim.stdout.text.includes('up'), 'up');
    shim.child.kill('SIGKILL');
    await shim.ended;
    await until(
      () => processesWith(mark).every((pid) => !commandIs(pid, 'sh')),
      'the leader is gone',
      GONE_WITHIN_MS,
    );
  });
});

const commandIs = (pid: number, name: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === name;
  } catch {
    return false;
  }
};

describe('an isolated job', () => {
  const canIsolate = process.platform === 'linux';

  it.runIf(canIsolate)('sees its own processes only, and ends with its leader', async () => {
    const mark = newMark();
    const script = `setsid sleep 60 '${mark}' 2>/dev/null & ls /proc | grep -c '^[0-9]'; exit 4`;
    const shim = startShim(['sh', '-c', script], { flags: ['--isolate'] });
    await shim.ended;
    if (shim.reports.some((it) => it.type === 'failed')) {
      expect(await shim.report('failed')).toMatchObject({ stage: 'isolation' });
      return;
    }
    expect((await shim.report('exited')).code).toBe(4);
    expect(await shim.report('empty')).toEqual({ type: 'empty', proof: 'pidns' });
    expect(Number(shim.stdout.text)).toBeLessThan(8);
    expect(processesWith(mark)).toEqual([]);
  });

  it.runIf(canIsolate)(
    'is told by the pids of the outside, and can be signalled and killed',
    async () => {
      const mark = newMark();
      const shim = startShim(['python3', LEAKS, mark], { flags: ['--isolate'] });
      const { pid, keeperPid } = await shim.report('spawned');
      expect(keeperPid).toBeGreaterThan(0);
      await until(() => shim.stdout.text.includes('leaked'), 'leaked');
      expect(processesWith(mark)).toContain(pid);
      shim.order(`signal ${constants.signals.SIGTERM} leader`);
      expect((await shim.report('killed')).signal).toBe(constants.signals.SIGTERM);
      await shim.ended;
      expect(processesWith(mark)).toEqual([]);
    },
  );
});

describe('the protocol as it is written down', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../native/shim/PROTOCOL.md'), 'utf8');

  it('names every word that FlowForge understands, and no other', () => {
    const [said = ''] = text.split('What FlowForge says:');
    const lines = [...said.matchAll(/^\| `([^|]+)` \|/gm)].flatMap(([, cell = '']) =>
      cell.split('`, `'),
    );
    expect(lines.length).toBe(13);
    for (const line of lines) {
      const example = line
        .replaceAll('RESULT', 'sent')
        .replaceAll('STREAM', 'stdout')
        .replaceAll('STAGE', 'exec')
        .replaceAll('PROOF', 'echild')
        .replaceAll(/[A-Z_]{2,}/g, '7');
      expect(parseReport(example), line).not.toBeNull();
    }
    expect(parseReport('hello 1')).toBeNull();
  });
});
