import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, DEMO } from '../support/flowforge.ts';
import { processesWith } from '../support/processes.ts';

/** The search path with a `python3` in front of it that does what a test wants. */
function withPython(folder: string, script: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const python = join(bin, 'python3');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  return `${bin}${delimiter}${process.env['PATH']}`;
}

describe('flowforge demo', () => {
  it('ends with exactly three lines, leaves nothing running, and keeps its evidence', async () => {
    const world = createWorld();
    const { stdout, stderr, code } = await world.run('demo');
    expect(stdout).toMatch(
      /^Runaway detected in \d+\.\d seconds\nCPU peaked at \d+\.\d%\nProcess recovered\n$/,
    );
    expect(code).toBe(0);
    for (const worker of ['runaway.py', 'recovered.py'])
      expect(processesWith(join(DEMO, worker))).toEqual([]);

    const [seconds = 99, peak = 0] = (stdout.match(/\d+\.\d/g) ?? []).map(Number);
    expect(seconds).toBeLessThanOrEqual(12);
    expect(peak).toBeGreaterThan(20);
    const incidents = await world.json<{ exit_reason: string }[]>('incidents');
    expect(incidents.map((incident) => incident.exit_reason)).toEqual(['LOOP_DETECTED']);
    expect(stderr).toContain(world.env['FLOWFORGE_DB_PATH']);
  });

  it('says so and fails when the healthy worker is not well', async () => {
    const world = createWorld();
    const real = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();
    const script = `case "$1" in *recovered.py) exit 3;; esac\nexec ${real} "$@"`;
    world.env['PATH'] = withPython(world.folder, script);
    const { stdout, code } = await world.run('demo', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ recovered: false });
  });

  it('ends at once when it is interrupted, and leaves nothing running', async () => {
    const world = createWorld();
    const demo = world.start(['demo']);
    await demo.seen('runaway worker started');
    demo.child.kill('SIGINT');
    const { signal, stderr } = await demo.finished;
    expect(signal).toBe('SIGINT');
    expect(stderr).not.toContain('demo 2/2');
    expect(processesWith(world.folder)).toEqual([]);
  });

  it('says what it needs where there is no Python', async () => {
    const world = createWorld({ PATH: '/nonexistent' });
    const { stderr, code } = await world.run('demo');
    expect(code).toBe(127);
    expect(stderr).toContain('needs python3');
  });
});
