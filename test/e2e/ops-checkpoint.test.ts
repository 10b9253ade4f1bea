import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtFiles } from '../../src/ops/checkpoint-looks.ts';
import { CHECKPOINT_STEPS } from '../../src/ops/checkpoint-steps.ts';
import { createWorld, type World } from '../support/flowforge.ts';
import { processesWith, until } from '../support/processes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LOOKS = ['tracked-files', 'versions', 'bundle-size'];

interface Page {
  readonly ready: boolean;
  readonly steps: readonly { step: string; result: string; detail: string }[];
}

const pageIn = (folder: string): Page =>
  JSON.parse(readFileSync(join(folder, 'checkpoint.json'), 'utf8'));

/** A small checkout with a build of its own, in which things can be broken. */
function createCheckout(world: World) {
  const root = join(world.folder, 'checkout');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: string[]): void => {
    expect(spawnSync('git', args, { cwd: root, env: world.env }).status).toBe(0);
  };
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const about = { name: 'flowforge', version, type: 'module' };
  put('package.json', JSON.stringify({ ...about, scripts: { check: 'sh gate.sh && vitest run' } }));
  put('package-lock.json', JSON.stringify(about));
  put('CHANGELOG.md', `# Changelog\n\n## ${version}\n`);
  put('gate.sh', 'exit 0\n');
  put('.gitignore', 'dist/\n');
  put('dist/main.js', '');
  for (const name of builtFiles(join(ROOT, 'dist'))) {
    copyFileSync(join(ROOT, 'dist', name), join(root, 'dist', name));
  }
  git('init', '-q');
  git('add', '-A');
  const start = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'dist/main.js'), 'checkpoint', 'out', ...args], {
      cwd: root,
      env: world.env,
      encoding: 'utf8',
      timeout: 50_000,
    });
  return { root, put, git, start };
}

describe('flowforge checkpoint', () => {
  it('looks, writes its page and its JSON twin, and never starts the tests from the tests', async () => {
    const world = createWorld();
    const only = [...LOOKS, 'documents', 'test'].join(',');
    const { code, stdout } = await world.run('checkpoint', 'out', '--only', only);
    const { ready, steps } = pageIn(join(world.folder, 'out'));
    expect({ code, failed: steps.filter(({ result }) => result === 'FAIL') }).toEqual({
      code: 0,
      failed: [],
    });
    expect(steps.find(({ step }) => step === 'test')).toMatchObject({
      result: 'SKIPPED',
      detail: 'the tests themselves have started this',
    });
    expect(stdout).toContain('no secret or runtime file tracked');
    // Some steps are not all of them.
    expect(ready).toBe(false);
    const page = readFileSync(join(world.folder, 'out/checkpoint.md'), 'utf8');
    expect(page).toMatch(/^# Release Checkpoint\n/);
    expect(page).toMatch(/- PASS: size of the build .*KB compressed/);
    expect(page).toMatch(/- SKIPPED: every test/);
  });

  it.each([
    ['a runtime file is tracked', 'tracked-files', 'flowforge.db', 'x'],
    [
      'a key is tracked',
      'tracked-files',
      'notes.md',
      `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`,
    ],
    ['the changelog is silent', 'versions', 'CHANGELOG.md', '# Changelog\n\n## 0.0.1\n'],
    [
      'the lock file differs',
      'versions',
      'package-lock.json',
      '{"name":"flowforge","version":"0.0.1"}',
    ],
    ['a document is missing', 'documents', 'README.md', 'alone'],
    ['a gate is red', 'check', 'gate.sh', 'echo broken; exit 3\n'],
  ])('fails when %s', async (_what, step, path, text) => {
    const { root, put, git, start } = createCheckout(createWorld());
    if (step !== 'documents') expect(start('--only', step).status).toBe(0);
    put(path, text);
    git('add', '-A', '-f', '--', path);
    expect(start('--only', step).status).toBe(1);
    const { steps } = pageIn(join(root, 'out'));
    expect(steps).toMatchObject([{ step, result: 'FAIL' }]);
  });

  it('ends at the first failure, or goes on with --keep-going; the rest is named either way', async () => {
    const { root, put, start } = createCheckout(createWorld());
    put('CHANGELOG.md', '# Changelog\n');
    const results = () => pageIn(join(root, 'out')).steps.map(({ result }) => result);
    expect(start('--only', 'check,versions,bundle-size').status).toBe(1);
    expect(results()).toEqual(['PASS', 'FAIL', 'NOT RUN']);
    expect(start('--only', 'check,versions,bundle-size', '--keep-going').status).toBe(1);
    expect(results()).toEqual(['PASS', 'FAIL', 'PASS']);
    expect(start('--only', 'check,nothing').status).toBe(2);
  });

  it('leaves nothing running when it is interrupted, and says what was not tried', async () => {
    const world = createWorld();
    const { root, put } = createCheckout(world);
    const mark = `mark-${process.pid}-${performance.now()}`;
    put('gate.sh', `sh -c 'sleep 300; : ${mark}'\n`);
    const argv = [join(root, 'dist/main.js'), 'checkpoint', 'out', '--only', 'check,versions'];
    const child = spawn(process.execPath, argv, { cwd: root, env: world.env, stdio: 'ignore' });
    const ended = new Promise<string | null>((done) => {
      child.once('exit', (_code, signal) => done(signal));
    });
    await until(() => processesWith(mark).length > 0, 'the gate runs');
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    await until(() => processesWith(mark).length === 0, 'the gate is gone');
    expect(pageIn(join(root, 'out')).steps.map(({ result }) => result)).toEqual([
      'INTERRUPTED',
      'NOT RUN',
    ]);
  });

  it('names every step in its help', async () => {
    const { stdout } = await createWorld().run('checkpoint', '--help');
    const named = stdout.replaceAll(/\s+/g, ' ');
    expect(named).toContain(`commas: ${CHECKPOINT_STEPS.map(({ name }) => name).join(', ')}`);
  });

  it('has a step for everything that is promised', () => {
    expect(CHECKPOINT_STEPS.map(({ name }) => name)).toEqual([
      'tracked-files',
      'check',
      'build',
      'versions',
      'bundle-size',
      'documents',
      'audit',
      'demo',
      'drill',
      'detection',
      'test',
    ]);
  });
});
