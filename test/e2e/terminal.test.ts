// At a real terminal, under a real interactive shell: what a person sees and does must be as without FlowForge.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, MAIN, type World } from '../support/flowforge.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';

let made = 0;
const newMark = (): string => `tty-${process.pid}-${++made}-${Math.trunc(performance.now())}`;

/** An interactive shell; `ff` runs a command under FlowForge. */
async function shellIn(world: World): Promise<Terminal> {
  const rc = join(world.folder, 'rc');
  const run = `'${process.execPath}' '${MAIN}' run "$@"`;
  writeFileSync(
    rc,
    `PS1='shell> '\nunset HISTFILE\nff() { ${run}; }\nbind 'set enable-bracketed-paste off'\n`,
  );
  const argv = ['bash', '--noprofile', '--rcfile', rc, '-i'];
  const shell = openTerminal(argv, { env: world.env, cwd: world.folder });
  await shell.shows('shell> ');
  return shell;
}

const fresh = async () => {
  const world = createWorld();
  return { world, shell: await shellIn(world) };
};

describe('at a terminal, a command', () => {
  it('has a terminal for stdin, stdout and stderr, of the same size', async () => {
    const { shell } = await fresh();
    const look =
      'import os, sys; print(*[os.isatty(fd) for fd in (0, 1, 2)], *os.get_terminal_size())';
    shell.type(`ff -- python3 -c '${look}'\n`);
    await shell.shows(/True True True 80 24\r?\n/);
    await shell.shows('shell> ');
  });

  it('learns of a new window size by SIGWINCH', async () => {
    const { shell } = await fresh();
    shell.type(
      `ff -- bash -c 'trap "stty size; exit" WINCH; echo wai""ting; while :; do read -t 1 x; done'\n`,
    );
    await shell.shows('waiting');
    shell.resize(31, 77);
    await shell.shows(/31 77\r?\n/);
    await shell.shows('shell> ');
  });

  it('ends with Ctrl-C, and FlowForge with it, with 130', async () => {
    const { shell } = await fresh();
    const mark = newMark();
    const before = await shell.modes();
    shell.type(`ff -- bash -c 'echo g""o; exec -a ${mark} sleep 60'\n`);
    await shell.shows(/go\r?\n/);
    await until(() => processesWith(mark).some(isSleeping), 'asleep');
    shell.type('\x03');
    await shell.shows('shell> ');
    shell.type('echo code $?\n');
    await shell.shows(/code 130\r?\n/);
    await shell.shows('shell> ');
    expect(processesWith(mark)).toEqual([]);
    expect(await shell.modes()).toBe(before);
  });

  it('stops with Ctrl-Z and goes on with fg, as often as wanted', async () => {
    const { shell } = await fresh();
    const count = 'for i in 1 2 3 4; do read line; echo "got:$line"; done';
    shell.type(`ff -- bash -c 'echo g""o; ${count}'\n`);
    await shell.shows(/go\r?\n/);
    for (const word of ['one', 'two']) {
      shell.type(`${word}\n`);
      await shell.shows(`got:${word}`);
      shell.type('\x1a');
      await shell.shows('Stopped');
      await shell.shows('shell> ');
      shell.type('echo in the sh""ell\n');
      await shell.shows('in the shell');
      await shell.shows('shell> ');
      shell.type('fg\n');
      await shell.shows('run "$@"');
    }
    shell.type('three\n');
    await shell.shows('got:three');
    shell.type('four\n');
    await shell.shows('got:four');
    await shell.shows('shell> ');
  });

  it('may be a shell with jobs of its own', async () => {
    const { shell, world } = await fresh();
    const mark = newMark();
    writeFileSync(join(world.folder, 'inner'), "PS1='inner> '\n");
    shell.type('ff -- bash --noprofile --rcfile inner -i\n');
    await shell.shows('inner> ');
    shell.type(`(exec -a ${mark} sleep 60)\n`);
    await until(() => processesWith(mark).some(isSleeping), 'asleep');
    shell.type('\x1a');
    await shell.shows('Stopped');
    await shell.shows('inner> ');
    shell.type('kill %1; tty; exit 7\n');
    await shell.shows('/dev/pts/');
    await shell.shows('shell> ');
    shell.type('echo code $?\n');
    await shell.shows(/code 7\r?\n/);
  });

  it('may be an interactive Python', async () => {
    const { shell } = await fresh();
    shell.type('ff -- python3 -q\n');
    await shell.shows('>>> ');
    shell.type('6 * 7\n');
    await shell.shows(/42\r?\n/);
    shell.type('while True: pass\n\n');
    await shell.shows('...');
    shell.type('\x03');
    await shell.shows('KeyboardInterrupt');
    await shell.shows('>>> ');
    shell.type('\x04');
    await shell.shows('shell> ');
  });

  it('may ask for a password at /dev/tty while its output is redirected', async () => {
    const { shell, world } = await fresh();
    const ask =
      'stty -echo </dev/tty; printf "secret? " >/dev/tty; read x </dev/tty; stty echo </dev/tty; echo $x';
    shell.type(`ff -- bash -c '${ask}' > out.txt\n`);
    await shell.shows(/secret\? $/);
    shell.type('hush\n');
    await shell.shows('shell> ');
    expect(readFileSync(`${world.folder}/out.txt`, 'utf8')).toBe('hush\n');
  });

  it.each([
    ['auto', 'True False True'],
    ['never', 'True False False'],
    ['always', 'True True True'],
  ])('in a pipeline, with --pty %s, has these terminals: %s', async (mode, expected) => {
    const { shell } = await fresh();
    const look = 'import os; print(*[os.isatty(fd) for fd in (0, 1, 2)])';
    shell.type(`ff --pty ${mode} -- python3 -c '${look}' | cat\n`);
    await shell.shows(new RegExp(`${expected}\r?\n`));
    await shell.shows('shell> ');
  });

  it('works in the middle of a pipeline, which Ctrl-C ends as a whole', async () => {
    const { shell } = await fresh();
    const mark = newMark();
    shell.type(`echo '{"a": [1, 2]}' > x; cat x | ff -- jq -c .a | cat; echo do""ne\n`);
    await shell.shows(/\[1,2\]\r?\n/);
    await shell.shows('done');
    await shell.shows('shell> ');
    shell.type(
      `bash -c 'exec -a ${mark} sleep 60' | ff -- bash -c 'echo g""o >/dev/tty; exec -a ${mark} cat' | cat\n`,
    );
    await shell.shows(/go\r?\n/);
    await until(() => processesWith(mark).length >= 2, 'both');
    shell.type('\x03');
    await shell.shows('shell> ');
    expect(processesWith(mark)).toEqual([]);
  });

  it('leaves the keys to the pager at the end of a pipeline', async () => {
    const { shell } = await fresh();
    shell.type(
      `ff -- bash -c 'echo g""o >/dev/tty; exec sleep 60' | bash -c 'read k </dev/tty; echo key:$k'\n`,
    );
    await shell.shows(/go\r?\n/);
    shell.type('q\n');
    await shell.shows(/key:q\r?\n/);
    shell.type('\x03');
    await shell.shows('shell> ');
  });
});

describe('when a terminal is closed', () => {
  it('nothing is left', async () => {
    const { shell } = await fresh();
    const mark = newMark();
    shell.type(
      `ff --grace 300ms -- bash -c 'trap "" HUP; setsid bash -c "exec -a ${mark} sleep 60" & echo g""o; exec -a ${mark} sleep 60'\n`,
    );
    await shell.shows(/go\r?\n/);
    await until(() => processesWith(mark).length >= 2, 'both');
    shell.hangUp();
    await until(() => processesWith(mark).length === 0, 'nothing is left', 15_000);
  });
});

describe('the modes of the terminal', () => {
  it.each(['TERM', 'KILL', 'HUP'])('are as before when FlowForge gets SIG%s', async (signal) => {
    const { shell } = await fresh();
    const mark = newMark();
    const before = await shell.modes();
    shell.type(`ff --grace 200ms -- bash -c 'echo g""o; exec -a ${mark} sleep 60'\n`);
    await shell.shows(/go\r?\n/);
    await until(() => processesWith(mark).some(isSleeping), 'asleep');
    expect(await shell.modes()).not.toBe(before);
    const pids = processesWith(MAIN).filter((pid) => commandLine(pid).includes(mark));
    expect(pids).toHaveLength(1);
    process.kill(pids[0] ?? 0, `SIG${signal}`);
    await shell.shows('shell> ');
    await until(() => processesWith(mark).length === 0, 'nothing is left');
    shell.type('echo ba""ck\n');
    await shell.shows(/back\r?\n/);
    await shell.shows('shell> ');
    expect(await shell.modes()).toBe(before);
  });
});

describe('a shim that is killed', () => {
  it('leaves the terminal as it was', async () => {
    const world = createWorld();
    const mark = newMark();
    // No interactive shell, which would put the modes right by itself.
    const job = `echo go; exec -a ${mark} sleep 60`;
    const script = `read go; '${process.execPath}' '${MAIN}' run -- bash -c '${job}'; echo over; sleep 60`;
    const terminal = openTerminal(['sh', '-c', script], { env: world.env, cwd: world.folder });
    const before = await terminal.modes();
    terminal.type('\n');
    await terminal.shows(/go\r?\n/);
    await until(() => processesWith(mark).some(isSleeping), 'asleep');
    expect(await terminal.modes()).not.toBe(before);
    const both = processesWith('flowforge-shim').filter((pid) => commandLine(pid).includes(mark));
    const shim = both.find((pid) => childrenOf(pid).some((child) => both.includes(child))) ?? 0;
    expect(shim).toBeGreaterThan(0);
    process.kill(shim, 'SIGKILL');
    await terminal.shows('over');
    expect(await terminal.modes()).toBe(before);
  });
});

describe('without a terminal of its own', () => {
  const stateOf = (pid: number): string =>
    /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';

  it('a job stops with SIGTSTP to FlowForge, and goes on with SIGCONT', async () => {
    const world = createWorld();
    const mark = newMark();
    const run = world.start([
      'run',
      '--',
      'bash',
      '-c',
      `setsid bash -c 'exec -a ${mark} sleep 60' & bash -c 'exec -a ${mark} sleep 60' & echo up; wait`,
    ]);
    await run.seen('up');
    const sleepers = () => processesWith(mark).filter(isSleeping);
    await until(() => sleepers().length === 2, 'both are there');
    const own = run.child.pid ?? 0;
    run.child.kill('SIGTSTP');
    await until(() => stateOf(own) === 'T', 'FlowForge is stopped');
    await until(() => sleepers().every((pid) => stateOf(pid) === 'T'), 'the tree too');
    run.child.kill('SIGCONT');
    await until(() => sleepers().every((pid) => stateOf(pid) === 'S'), 'all go on');
    expect(stateOf(own)).not.toBe('T');
    run.child.kill('SIGTERM');
    expect((await run.finished).signal).toBe('SIGTERM');
  });
});

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
};

const isSleeping = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === 'sleep';
  } catch {
    return false;
  }
};
