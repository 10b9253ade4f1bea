// The launcher and the build, in a small checkout of their own: the same scripts, a program of one line.

import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

let root: string;
let checkout: string;
let launcher: string;

const PROGRAM = 'console.log(JSON.stringify([process.argv.slice(2), process.cwd()]));\n';

/** The smallest dashboard that the build takes. */
const PAGE = {
  'index.html': '{{main}} {{theme}} {{style}} {{icon}}\n',
  'icon.svg': '<svg/>\n',
  'src/main.tsx': "import './style.css';\n",
  'src/theme.ts': 'console.log(1);\n',
  'src/style.css': 'p { margin: 0 }\n',
};

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'flowforge-launcher-')));
  checkout = join(root, 'a check out');
  launcher = join(checkout, 'flowforge');
  for (const path of ['flowforge', 'scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(repository, path), join(checkout, path), { recursive: true });
  }
  write('src/cli/main.ts', PROGRAM);
  for (const [path, content] of Object.entries(PAGE)) write(`dashboard/${path}`, content);
  symlinkSync(join(repository, 'node_modules'), join(checkout, 'node_modules'));
  // The dependencies are those of the repository: not older than what asks for them.
  const longAgo = new Date(2000, 0);
  for (const path of ['package.json', 'package-lock.json', 'scripts/build.ts']) {
    utimesSync(join(checkout, path), longAgo, longAgo);
  }
});

afterEach(() => {
  rmSync(join(checkout, '.runtime/lock'), { force: true });
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), content);
}

/** Node of these tests first, then the system's commands. */
const environment = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: '/nonexistent' };

function launch(command: string, args: readonly string[], options: { PATH?: string } = {}) {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: root,
    env: { ...environment, ...options },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { stdout, stderr, status };
}

const chunks = (): readonly string[] =>
  readdirSync(join(checkout, 'dist')).filter((name) => name.endsWith('.js'));

describe('the launcher', () => {
  it('builds on the first start, says so on stderr, and hands on arguments and place', () => {
    const first = launch(launcher, ['--flag', 'two words', '']);
    expect(first.stderr).toMatch(/^flowforge: building …\nflowforge: built, took \d+ s\n$/);
    expect(JSON.parse(first.stdout)).toEqual([['--flag', 'two words', ''], root]);
  });

  it('does nothing when there is nothing to do', () => {
    const before = chunks();
    expect(launch(launcher, [])).toMatchObject({ status: 0, stderr: '' });
    expect(chunks()).toEqual(before);
  });

  it('is found through symbolic links', () => {
    symlinkSync('a check out/flowforge', join(root, 'link'));
    symlinkSync(join(root, 'link'), join(root, 'link to link'));
    expect(launch(join(root, 'link to link'), ['x'])).toMatchObject({ status: 0, stderr: '' });
  });

  it.runIf(existsSync('/bin/dash'))('runs under dash', () => {
    expect(launch('/bin/dash', [launcher])).toMatchObject({ status: 0, stderr: '' });
  });

  it('builds again when a source changed or vanished, and keeps what a running guard may still load', () => {
    const before = chunks();
    write('src/cli/main.ts', `${PROGRAM}console.log('second');\n`);
    expect(launch(launcher, []).stdout).toContain('second');
    write('src/cli/extra.ts', '');
    expect(launch(launcher, []).stderr).toContain('built');
    rmSync(join(checkout, 'src/cli/extra.ts'));
    expect(launch(launcher, []).stderr).toContain('built');
    write('dashboard/src/style.css', 'p { margin: 1px }\n');
    expect(launch(launcher, []).stderr).toContain('built');
    expect(launch(launcher, []).stderr).toBe('');
    expect(chunks()).toEqual(expect.arrayContaining([...before]));
  });

  it('builds once when several start at the same time', async () => {
    write('src/cli/main.ts', `${PROGRAM}console.log('third');\n`);
    const all = await Promise.all(
      Array.from({ length: 4 }, () => run(launcher, [], { cwd: root, env: environment })),
    );
    for (const { stdout } of all) expect(stdout).toContain('third');
    expect(all.filter(({ stderr }) => stderr.includes('built'))).toHaveLength(1);
  });

  it('takes over the lock of a process that is gone', () => {
    const { pid } = spawnSync('true');
    write('.runtime/lock', `${pid} 1\n`);
    write('src/cli/main.ts', PROGRAM);
    expect(launch(launcher, [])).toMatchObject({ status: 0 });
    expect(existsSync(join(checkout, '.runtime/lock'))).toBe(false);
  });

  it('says what is wrong when the build fails, and starts nothing', () => {
    write('src/cli/main.ts', 'this is not a program\n');
    const { stdout, stderr, status } = launch(launcher, []);
    expect({ stdout, status }).toEqual({ stdout: '', status: 125 });
    expect(stderr).toContain('src/cli/main.ts:1:');
    expect(stderr).toContain('flowforge: the build failed; see ');
    write('src/cli/main.ts', PROGRAM);
    expect(launch(launcher, []).status).toBe(0);
  });

  it('says what to do where there is neither Node nor npm', () => {
    const bare = join(root, 'bare');
    mkdirSync(bare);
    for (const name of ['sh', 'mkdir', 'ln', 'rm', 'mv', 'cat', 'uname', 'sleep']) {
      symlinkSync(`/bin/${name}`, join(bare, name));
    }
    rmSync(join(checkout, '.runtime'), { recursive: true });
    const { stdout, stderr, status } = launch(launcher, [], { PATH: bare });
    expect({ stdout, status }).toEqual({ stdout: '', status: 125 });
    expect(stderr).toBe(
      'flowforge: a checkout needs Node 22.18 or newer (found: none), and there is no npm to bring it; ' +
        'install Node 22.18 or newer with npm\n',
    );
  });
});
