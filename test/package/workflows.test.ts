// The workflows are valid, run what is there, execute only what is pinned, and may do no more than they must.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { guidesCommand } from '../support/container.ts';
import { workflowFaults } from '../support/workflow-faults.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = '.github/workflows';
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const names = readdirSync(join(ROOT, FOLDER)).sort();
const manifest = JSON.parse(read('package.json'));

it('there are two workflows, and a broken one is noticed', async () => {
  expect(names).toEqual(['ci.yml', 'release.yml']);
  const broken = read(`${FOLDER}/ci.yml`).replace('runs-on:', 'run-on:');
  expect(await workflowFaults('ci.yml', broken)).not.toEqual([]);
  const unknown = read(`${FOLDER}/release.yml`).replace('needs: shim', 'needs: shims');
  expect(await workflowFaults('release.yml', unknown)).not.toEqual([]);
});

describe.each(names)('%s', (name) => {
  const text = read(`${FOLDER}/${name}`);
  const workflow = load(text) as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);
  const runs = steps.flatMap(({ run }) => run ?? []);

  it('is a workflow', async () => {
    expect(await workflowFaults(name, text)).toEqual([]);
  });

  it('uses actions by the hash of a commit, with the version beside it', () => {
    const uses = text.match(/uses:.*$/gm) ?? [];
    expect(uses).toHaveLength(steps.filter((step) => step.uses).length);
    for (const line of uses)
      expect(line).toMatch(/^uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read only, except where it publishes', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [job, { permissions }] of jobs) {
      expect(permissions, job).toEqual(
        job === 'publish'
          ? { contents: 'write', 'id-token': 'write', attestations: 'write' }
          : undefined,
      );
    }
  });

  it('leaves no credentials behind, and does not run for ever', () => {
    for (const { uses, with: given } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false);
    }
    for (const [job, it] of jobs) expect(it['timeout-minutes'], job).toBeGreaterThan(0);
  });

  it('runs scripts that are there, and lets nobody else’s words into them', () => {
    for (const run of runs) {
      expect(run).not.toContain('${{');
      for (const [path] of run.matchAll(/(?<![\w/])(?:scripts|native|test)\/[\w./-]+/g))
        expect(existsSync(join(ROOT, path)), path).toBe(true);
      for (const [, script = ''] of run.matchAll(/npm run ([\w:-]+)/g))
        expect(manifest.scripts, script).toHaveProperty(script);
      expect(spawnSync('sh', ['-n'], { input: run, encoding: 'utf8' }).stderr).toBe('');
    }
  });

  it('names tarballs so that npm takes none for a repository, as it does `a/b.tgz`', () => {
    const tarballs = runs.flatMap((run) => run.match(/\S+\.tgz/g) ?? []);
    expect(tarballs.length).toBeGreaterThan(0);
    for (const tarball of tarballs) expect(tarball).toMatch(/^"?(?:\.\/|\/|\$)/);
  });
});

it('the same action is the same commit everywhere', () => {
  const pins = new Set(
    names.flatMap((name) => read(`${FOLDER}/${name}`).match(/actions\/.*@.*$/gm) ?? []),
  );
  const actions = [...pins].map((pin) => pin.split('@')[0]);
  expect(new Set(actions).size).toBe(actions.length);
});

it('what is packed is installed and tried before it is published', () => {
  const { jobs } = load(read(`${FOLDER}/release.yml`)) as Workflow;
  const steps = jobs['package']?.steps ?? [];
  const packs = steps.findIndex(({ run }) => run?.includes('npm pack'));
  const tries = steps.findIndex(({ run }) =>
    run?.match(/npm install --global .*\n *flowforge demo/),
  );
  expect(packs).toBeGreaterThan(0);
  expect(tries).toBeGreaterThan(packs);
});

it('the images are built, and run with the flags of the operations guide', () => {
  const { jobs } = load(read(`${FOLDER}/ci.yml`)) as Workflow;
  const words = (text: string): string => text.replaceAll('\\\n', '').replace(/ +/g, ' ');
  const runs = words(jobs['image']?.steps.map(({ run }) => run ?? '').join('\n') ?? '');
  for (const build of ['docker build -t flowforge .', 'docker build -t flowforge:slim'])
    expect(runs).toContain(guidesCommand(build));
  const [, flags = 'none'] =
    /^docker run (.*) flowforge$/.exec(words(guidesCommand('docker run --read-only'))) ?? [];
  expect(runs).toContain(`${flags} "$image"`);
});

it('what publishes runs nothing of the checkout', () => {
  const { jobs } = load(read(`${FOLDER}/release.yml`)) as Workflow;
  const used = jobs['publish']?.steps.map(({ uses, run }) => `${uses ?? ''}${run ?? ''}`) ?? [];
  expect(used.filter((it) => /checkout|scripts\/|npm (run|ci|install)|npx/.test(it))).toEqual([]);
});

it('a release says what the changelog says, and nothing for another tag', () => {
  const script = join(ROOT, 'scripts/release-notes.ts');
  const notes = execFileSync(process.execPath, [script, `v${manifest.version}`], {
    encoding: 'utf8',
  });
  expect(read('CHANGELOG.md')).toContain(notes.trim());
  expect(notes.length).toBeGreaterThan(100);
  const other = spawnSync(process.execPath, [script, 'v0.0.1'], { encoding: 'utf8' });
  expect([other.status, other.stdout]).toEqual([1, '']);
  expect(other.stderr).toContain('the tag is v0.0.1');
});
