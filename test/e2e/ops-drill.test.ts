import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STEPS } from '../../src/ops/drill-steps.ts';
import { createWorld } from '../support/flowforge.ts';
import { descendantsOf, processesWith, until } from '../support/processes.ts';

const TRACES = resolve(import.meta.dirname, '../fixtures/traces');

interface Drilled {
  readonly steps: readonly {
    readonly step: string;
    readonly result: string;
    readonly survivors: number | null;
    readonly detail: string;
  }[];
}

describe('flowforge drill', () => {
  it('proves of every step that nothing is left, and never passes what it could not try', async () => {
    const world = createWorld();
    const { code, stderr } = await world.run('drill', 'out');
    const text = readFileSync(join(world.folder, 'out/summary.json'), 'utf8');
    const { steps } = JSON.parse(text) as Drilled;
    expect({ code, failed: steps.filter(({ result }) => result === 'FAIL'), stderr }).toMatchObject(
      { code: 0, failed: [] },
    );
    expect(steps.map(({ step }) => step)).toEqual([
      'sigterm',
      'api_kill',
      'sigkill',
      'shim_kill',
      'write_kill',
      'disk_full',
      'api_process',
      'restart_budget',
    ]);
    for (const { result, survivors, detail } of steps) {
      if (result === 'PASS') expect(survivors).toBe(0);
      else
        expect(detail).toMatch(
          /^(the API is not to be had|there is no shim here|neither a small disk)/,
        );
    }
    expect(processesWith('escapee_worker.py')).toEqual([]);
    for (const name of ['drill_sigterm.log', 'drill_api_kill.log', 'summary.md']) {
      expect(readFileSync(join(world.folder, 'out', name), 'utf8')).not.toBe('');
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    'fills the disk of somebody who may mount none by a limit of the kernel',
    async () => {
      const world = createWorld({}, 65534);
      const { stdout, stderr } = await world.run('drill', 'out', '--only', 'disk_full', '--json');
      const { steps } = JSON.parse(stdout) as Drilled;
      expect({ steps, stderr }).toMatchObject({ steps: [{ result: 'PASS', survivors: 0 }] });
      expect(steps[0]?.detail).toContain('a limit of 64 KB on every file');
    },
  );

  it('ends with 1 where a step did not come to what it must: here a worker that does not fail', async () => {
    const world = createWorld();
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const env = { ...world.env, PATH: `${bin}:${world.env['PATH']}` };
    const { code, stdout } = await createWorld(env).run('drill', 'out', '--only', 'restart_budget');
    expect(code).toBe(1);
    expect(stdout).toContain('the run ended with COMPLETED, not RESTART_BUDGET_EXHAUSTED');
  });

  it('ends at once with Ctrl-C, leaves nothing running, and says what was not tried', async () => {
    const world = createWorld();
    const drill = world.start(['drill', 'out', '--only', 'sigkill,sigterm']);
    await drill.seen('SIGTERM to FlowForge has begun');
    const began = performance.now();
    drill.child.kill('SIGINT');
    expect(await drill.finished).toMatchObject({ signal: 'SIGINT' });
    // Not as long as the step would wait for a worker that nobody lets come up.
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(processesWith(world.folder)).toEqual([]);
    const page = JSON.parse(readFileSync(join(world.folder, 'out/summary.json'), 'utf8'));
    expect(page).toMatchObject({ interrupted: true, unfinished: 2 });
    expect((page as Drilled).steps.map(({ result }) => result)).toEqual(['INTERRUPTED', 'NOT RUN']);
  });

  it('names every step in its help', async () => {
    const { stdout } = await createWorld().run('drill', '--help');
    const named = stdout.replaceAll(/\s+/g, ' ');
    expect(named).toContain(`commas: ${STEPS.map(({ name }) => name).join(', ')}`);
  });

  it('refuses a folder that cannot be made instead of trying for ever', async () => {
    const { code, stderr } = await createWorld().run('drill', '/proc/none/here');
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('cannot make the folder /proc/none/here');
  });

  it('refuses a step that it does not know', async () => {
    const world = createWorld();
    const { code } = await world.run('drill', 'out', '--only', 'sigterm,nothing');
    expect(code).toBe(2);
  });
});

describe('flowforge tune', () => {
  it('records each workload on this machine, and replays it over the grid', async () => {
    const world = createWorld();
    const { code, stdout, stderr } = await world.run('tune', 'out', '--record-for', '4s');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Recommended: profile ');
    expect(stderr).toContain('runaway-cycle: recorded');
    const recorded = readdirSync(join(world.folder, 'out/recordings'));
    expect(recorded.filter((name) => name.endsWith('.trace')).sort()).toEqual(
      ['bursty', 'healthy', 'silent']
        .map((name) => `healthy-${name}.trace`)
        .concat(['cycle', 'runaway', 'sleepy-retry'].map((name) => `runaway-${name}.trace`)),
    );
    const csv = readFileSync(join(world.folder, 'out/results.csv'), 'utf8');
    expect(csv).toMatch(/^heavy,60,,no,healthy-bursty,/m);
    expect(csv).toContain(',runaway-identical-busy,');
  }, 60_000);

  it('fails, and leaves out of the replay, what broke down instead of being recorded', async () => {
    const world = createWorld();
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { ...world.env, PATH: `${bin}:${world.env['PATH']}` };
    const broken = createWorld(env);
    const { code, stdout, stderr } = await broken.run('tune', 'out');
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('healthy-healthy: NOT RECORDED: it ended with COMMAND_FAILURE');
    expect(stdout).toContain('Not recorded, and left out: runaway-cycle: it ended with');
    const read = (name: string) => readFileSync(join(broken.folder, 'out', name), 'utf8');
    expect(read('results.csv')).not.toMatch(/,(healthy-healthy|runaway-cycle),/);
    expect(read('summary.md')).toContain('- healthy-silent: it ended with COMMAND_FAILURE');
    expect(Object.keys(JSON.parse(read('results.json')).notRecorded)).toHaveLength(6);
  });

  it('leaves nothing running when it is killed while it records', async () => {
    const world = createWorld();
    const tune = world.start(['tune', join(world.folder, 'out')]);
    await tune.seen('runaway-cycle has begun');
    const tree = descendantsOf(tune.child.pid ?? 0);
    expect(tree.length).toBeGreaterThan(1);
    tune.child.kill('SIGKILL');
    await until(() => !tree.some((pid) => existsSync(`/proc/${pid}`)), 'nothing is left', 15_000);
    expect(processesWith(world.folder)).toEqual([]);
  }, 40_000);

  it('ends with Ctrl-C while it records, and leaves nothing running', async () => {
    const world = createWorld();
    const tune = world.start(['tune', join(world.folder, 'out')]);
    await tune.seen('runaway-cycle has begun');
    tune.child.kill('SIGINT');
    expect(await tune.finished).toMatchObject({ signal: 'SIGINT' });
    expect(processesWith(world.folder)).toEqual([]);
    const summary = readFileSync(join(world.folder, 'out/recordings/summary.md'), 'utf8');
    expect(summary).toContain('INTERRUPTED');
  }, 30_000);

  it('replays every trace over the grid in seconds, and recommends what stops no healthy work', async () => {
    const world = createWorld();
    const traces = join(world.folder, 'traces');
    mkdirSync(traces);
    for (const name of ['healthy-epochs', 'healthy-rows', 'runaway-identical-busy']) {
      copyFileSync(join(TRACES, `${name}.trace`), join(traces, `${name}.trace`));
    }
    const { code, stdout } = await world.run('tune', 'out', '--traces', traces);
    expect(code).toBe(0);
    expect(stdout).toContain('Recommended: profile heavy');
    const csv = readFileSync(join(world.folder, 'out/results.csv'), 'utf8').trimEnd().split('\r\n');
    expect(csv[0]).toMatch(/^profile,threshold,exit_code,loop_detected,/);
    expect(csv).toHaveLength(1 + 3 * 5 * 3);
    expect(csv).toContainEqual(expect.stringMatching(/^heavy,60,124,yes,runaway-identical-busy,/));
    expect(csv).toContainEqual(expect.stringMatching(/^heavy,60,,no,healthy-epochs,/));
    expect(readFileSync(join(world.folder, 'out/summary.md'), 'utf8')).toContain('plot.svg');
    expect(readFileSync(join(world.folder, 'out/plot.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it('shows the difference and writes what it recommends, once, and nothing where nothing is fit', async () => {
    const world = createWorld();
    const traces = join(world.folder, 'traces');
    mkdirSync(traces);
    for (const name of ['healthy-epochs', 'runaway-identical-busy']) {
      copyFileSync(join(TRACES, `${name}.trace`), join(traces, `${name}.trace`));
    }
    const file = join(world.folder, 'flowforge.yaml');
    writeFileSync(file, '# mine\nprofile: light  # patient\ngrace: 2s\n');
    const args = ['tune', 'out', '--traces', traces, '--write'];
    const first = await world.run(...args);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('-profile: light  # patient\n+profile: heavy  # patient\n');
    const written = readFileSync(file, 'utf8');
    expect(written).toBe('# mine\nprofile: heavy  # patient\ngrace: 2s\nmax-cpu: 80\n');
    expect((await world.run(...args)).stdout).toContain('says so already');
    const settings = await world.json<{ key: string; value: unknown }[]>('config');
    expect(JSON.stringify(settings)).toContain('heavy');
    expect(readFileSync(join(world.folder, 'out/summary.md'), 'utf8')).toContain('](plot.svg)');
    expect(readFileSync(file, 'utf8')).toBe(written);
  });

  it('takes the latest recorded runs as well, each judged by its evidence', async () => {
    const world = createWorld();
    const traces = join(world.env['XDG_STATE_HOME'] ?? '', 'flowforge/traces');
    mkdirSync(traces, { recursive: true });
    const corpus = join(world.folder, 'corpus');
    mkdirSync(corpus);
    copyFileSync(
      join(TRACES, 'runaway-identical-busy.trace'),
      join(corpus, 'runaway-identical-busy.trace'),
    );
    const ids: string[] = [];
    // Runs too short to be recorded; their traces come from the corpus, under their names.
    for (const [command, trace] of [
      [['true'], 'healthy-epochs'],
      [['false'], 'healthy-rows'],
    ] as const) {
      await world.run('run', '--', ...command);
      const [newest] = await world.json<{ run_id: string }[]>('timeline');
      const id = newest?.run_id ?? '';
      ids.push(id);
      const text = readFileSync(join(TRACES, `${trace}.trace`), 'utf8');
      writeFileSync(join(traces, `${id}.trace`), text.replace(/"kind":"[^"]+",?/, ''));
    }
    await world.run('tune', 'out', '--traces', corpus, '--runs', 'last:20');
    const csv = readFileSync(join(world.folder, 'out/results.csv'), 'utf8');
    expect(csv).toContain(`,${ids[0]},no intervention,`);
    // A command that failed says nothing of whether it should have been stopped.
    expect(csv).toContain(`,${ids[1]},,`);
    await world.run('tune', 'less', '--traces', corpus, '--runs', 'last:1');
    const less = readFileSync(join(world.folder, 'less/results.csv'), 'utf8');
    expect([less.includes(ids[0] ?? '-'), less.includes(ids[1] ?? '-')]).toEqual([false, true]);
  });

  it('fails when no setting stops the runaways and leaves healthy work alone', async () => {
    const world = createWorld();
    const traces = join(world.folder, 'traces');
    mkdirSync(traces);
    const runaway = readFileSync(join(TRACES, 'runaway-identical-busy.trace'), 'utf8');
    writeFileSync(join(traces, 'right.trace'), runaway);
    writeFileSync(
      join(traces, 'wrong.trace'),
      runaway.replace(/"kind":"[^"]+"/, '"kind":"healthy"'),
    );
    const { code } = await world.run('tune', 'out', '--traces', traces);
    expect(code).toBe(1);
  });
});
