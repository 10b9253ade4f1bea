// `flowforge run -- X` must be as X: what it prints byte by byte, how it ends, what it inherits.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorld, MAIN, type World } from '../support/flowforge.ts';
import { childrenOf, until } from '../support/processes.ts';

const BULK_BYTES = Number(process.env['FLOWFORGE_BULK_MB'] ?? 200) * 1_000_000;

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a command in a world, through a shell where the ends are to be joined; output as Latin-1, byte for byte. */
function outcomeOf(world: World, argv: readonly string[], input: Buffer): Promise<Outcome> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd: world.folder, env: world.env });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return collect(child);
}

function collect(child: ChildProcess): Promise<Outcome> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => stderr.push(bytes));
  const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('latin1');
  return new Promise((done) => {
    child.once('close', (code, signal) =>
      done({ stdout: text(stdout), stderr: text(stderr), code, signal }),
    );
  });
}

/** In a command line of the shell, `X` stands for nothing, or for `flowforge run --`. */
const FLOWFORGE = `'${process.execPath}' '${MAIN}' run --`;

const binary = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256));

const CASES: readonly (readonly [name: string, line: string])[] = [
  ['prints a line', 'X echo hello'],
  ['prints nothing', 'X true'],
  ['fails', 'X false'],
  ['prints without a newline at the end', 'X printf hello'],
  ['prints zero bytes', `X printf 'a\\0b\\0'`],
  ['prints invalid UTF-8', `X printf '\\377\\376\\200 caf\\351\\n'`],
  ['prints to stderr', `X sh -c 'echo out; echo err >&2'`],
  [
    'prints to both at one place, in order',
    `X sh -c 'for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done' 2>&1`,
  ],
  ['prints to stderr what goes to stdout', `X sh -c 'echo out; echo err >&2' 3>&1 1>&2 2>&3`],
  ['copies binary input', 'X cat'],
  ['reads a line and leaves the rest', `{ X sh -c 'read a; echo "$a"' </dev/null; cat; } | wc -c`],
  ['has no input', 'X cat </dev/null'],
  ['counts its input', 'X wc -c'],
  ['exits with 1', `X sh -c 'exit 1'`],
  ['exits with 42', `X sh -c 'exit 42'`],
  ['exits with 124', `X sh -c 'exit 124'`],
  ['exits with 255', `X sh -c 'exit 255'`],
  ['ends by SIGTERM', `exec X sh -c 'kill -TERM $$'`],
  ['ends by SIGKILL', `exec X sh -c 'kill -KILL $$'`],
  ['ends by SIGINT', `exec X sh -c 'kill -INT $$'`],
  ['ends by SIGHUP', `exec X sh -c 'kill -HUP $$'`],
  ['ends by SIGUSR1', `exec X sh -c 'kill -USR1 $$'`],
  ['ends by SIGSEGV', `ulimit -c 0; exec X sh -c 'kill -SEGV $$'`],
  ['ends by SIGABRT', `ulimit -c 0; exec X sh -c 'kill -ABRT $$'`],
  ['ends by SIGPIPE', `exec X sh -c 'kill -PIPE $$'`],
  ['is cut off by its reader', 'X yes | head -1'],
  [
    'meets a closed reader and says so',
    `(X sh -c 'sleep 0.1; trap "" PIPE; echo x 2>/dev/null || echo broken >&2') | true`,
  ],
  ['is in the middle of a pipeline', 'seq 1000 | X sort -rn | head -3'],
  ['leaves a background child that prints later', `X sh -c '(sleep 0.05; echo late) & echo early'`],
  ['is a script without a first line', 'X ./plain'],
  ['is a script with an interpreter', 'X ./with-python a "b c"'],
  ['is found by a path', 'X ./plain x'],
  ['gets its arguments as they are', `X printf '<%s>' a '' 'b c' '*' '$HOME' "it's" -- --help -v`],
  ['gets options that look like ours', `X echo --json --quiet --help -- -x`],
  ['gets the working directory', 'mkdir -p d; cd d; X pwd'],
  ['gets the umask', 'umask 027; X sh -c umask'],
  ['gets the niceness', 'X nice'],
  ['gets the limit of open files', 'ulimit -Sn 512; X sh -c "ulimit -Sn; ulimit -Hn"; true'],
  ['gets the limit of core files and the stack', 'ulimit -Sc 0; X sh -c "ulimit -c; ulimit -s"'],
  ['gets the environment', `A='x y' X sh -c 'echo "$A" "$HOME"'`],
  [
    'gets no variable but a few of ours',
    `X env | grep -v -e ^_= -e ^FLOWFORGE_RUN_ID= -e ^PYTHONUNBUFFERED= -e ^SHLVL= -e ^OLDPWD= | sort`,
  ],
  ['has SIGPIPE at its default', `X sh -c 'grep SigIgn /proc/self/status'`],
  ['blocks no signal', `X sh -c 'grep SigBlk /proc/self/status'`],
  ['ignores SIGHUP under nohup', `nohup X sh -c 'kill -HUP $$; echo alive' 2>/dev/null`],
  [
    'has no file but 0, 1 and 2',
    `X python3 -c 'import os; print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:4])'`,
  ],
  ['reads what the shell opens for it', 'X cat <(echo one) <(echo two)'],
  ['prints to a file, and to its end', `echo first > log; X echo second >> log; cat log`],
  [
    'sleeps a little and prints with pauses',
    `X sh -c 'for i in 1 2 3; do echo $i; sleep 0.02; done'`,
  ],
];

describe('with FlowForge as without it: a command that', () => {
  it.each(CASES)('%s', async (_, line) => {
    const run = async (how: string): Promise<Outcome> => {
      const world = createWorld();
      writeFileSync(join(world.folder, 'plain'), 'echo plain "$@"\n');
      writeFileSync(
        join(world.folder, 'with-python'),
        '#!/usr/bin/env python3\nimport sys\nprint(sys.argv[1:])\n',
      );
      for (const name of ['plain', 'with-python']) chmodSync(join(world.folder, name), 0o755);
      const shellLine = line.replaceAll(/(?<![\w<])X (?=\S)/g, how);
      const outcome = await outcomeOf(world, ['bash', '-c', shellLine], binary);
      const plain = (text: string): string =>
        text.replaceAll(world.folder, '<folder>').replaceAll(/bash: line \d+: /g, '');
      return { ...outcome, stdout: plain(outcome.stdout), stderr: plain(outcome.stderr) };
    };
    const [bare, guarded] = await Promise.all([run(''), run(`${FLOWFORGE} `)]);
    expect(guarded).toEqual(bare);
  });
});

describe('bulk', () => {
  it(`${BULK_BYTES / 1e6} MB of random bytes come out as they went in`, async () => {
    const world = createWorld();
    // A keystream is as random as it gets, and fast.
    const line = `head -c ${BULK_BYTES} /dev/zero | openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 2>/dev/null`;
    const sha = (outcome: Outcome): string => outcome.stdout.split(' ')[0] ?? '';
    const [bare, guarded] = await Promise.all([
      outcomeOf(world, ['bash', '-c', `${line} | sha256sum`], Buffer.of()),
      outcomeOf(world, ['bash', '-c', `${line} | ${FLOWFORGE} cat | sha256sum`], Buffer.of()),
    ]);
    expect(sha(guarded)).toBe(sha(bare));
    expect(sha(bare)).not.toBe(createHash('sha256').digest('hex'));
  });

  it('goes on coming out while FlowForge itself is stopped', async () => {
    const world = createWorld();
    const run = spawn(process.execPath, [MAIN, 'run', '--', 'yes', 'twelve bytes'], {
      cwd: world.folder,
      env: world.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void run.kill('SIGKILL'));
    let bytes = 0;
    run.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await until(() => bytes > 1_000_000, 'it is under way');
    const stopped = (): boolean => /\) T/.test(readFileSync(`/proc/${run.pid}/stat`, 'latin1'));
    run.kill('SIGSTOP');
    await until(stopped, 'FlowForge is stopped');
    const before = bytes;
    // Far more than all buffers between the command and us hold.
    await until(() => bytes - before > 300_000_000, '300 MB while stopped', 30_000);
    expect(stopped()).toBe(true);
    run.kill('SIGCONT');
    run.kill('SIGTERM');
    const { signal } = await collect(run);
    expect(signal).toBe('SIGTERM');
  });
});

describe('a slow reader', () => {
  it('gets everything, and the command waits for it as it would without us', async () => {
    const world = createWorld();
    const line = `${FLOWFORGE} seq 200000 | (sleep 0.5; sha256sum)`;
    const slow = await outcomeOf(world, ['bash', '-c', line], Buffer.of());
    const plain = await outcomeOf(world, ['bash', '-c', 'seq 200000 | sha256sum'], Buffer.of());
    expect(slow.stdout).toBe(plain.stdout);
  });

  it('on a pipe that does not block still gets everything', async () => {
    const world = createWorld();
    const relay =
      'import os, subprocess, sys, time, hashlib\n' +
      'r, w = os.pipe(); os.set_blocking(w, False)\n' +
      'p = subprocess.Popen(sys.argv[1:], stdout=w); os.close(w); h = hashlib.sha256(); n = 0\n' +
      'while b := os.read(r, 65536):\n  h.update(b); n += len(b)\n' +
      'print(n, h.hexdigest(), p.wait())';
    const argv = ['python3', '-c', relay, process.execPath, MAIN, 'run', '--', 'seq', '300000'];
    const { stdout } = await outcomeOf(world, argv, Buffer.of());
    const expected = Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join('');
    const sha = createHash('sha256').update(expected).digest('hex');
    expect(stdout.trim()).toBe(`${expected.length} ${sha} 0`);
  });
});

describe('process facts', () => {
  it('our own descriptors stay ours', async () => {
    const world = createWorld();
    const fd = openSync(join(world.folder, 'file'), 'w');
    const run = spawn(process.execPath, [MAIN, 'run', '--', 'sleep', '60'], {
      cwd: world.folder,
      env: world.env,
      stdio: 'ignore',
    });
    closeSync(fd);
    onTestFinished(() => void run.kill('SIGKILL'));
    const leader = (): number | undefined => {
      try {
        const [shim] = childrenOf(run.pid ?? 0);
        return shim === undefined ? undefined : childrenOf(shim)[0];
      } catch {
        return undefined;
      }
    };
    const isSleep = (): boolean =>
      leader() !== undefined && readFileSync(`/proc/${leader()}/comm`, 'utf8') === 'sleep\n';
    await until(isSleep, 'it sleeps');
    const status = readFileSync(`/proc/${leader()}/oom_score_adj`, 'utf8').trim();
    expect(Number(status)).toBeGreaterThanOrEqual(500);
    run.kill('SIGTERM');
    expect((await collect(run)).signal).toBe('SIGTERM');
  });
});
