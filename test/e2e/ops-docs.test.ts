// The commands of docs/operations.md, typed as they are printed there; of the scripts those that take seconds.
// What the long ones call has tests of its own.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';

const root = resolve(import.meta.dirname, '../..');
const commands = [
  ...readFileSync(join(root, 'docs/operations.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
].flatMap(([, block = '']) => block.trim().split('\n'));
const quick = commands.filter((line) => line.startsWith('./flowforge '));
const scripts = commands.filter((line) => line.startsWith('./scripts/'));

const type = (line: string, env: NodeJS.ProcessEnv) =>
  spawnSync('sh', ['-c', line], { cwd: root, env, encoding: 'utf8', timeout: 55_000 });

describe('the operations guide', () => {
  it('prints the commands that are tried here', () => {
    expect(quick.length).toBeGreaterThanOrEqual(5);
    expect(scripts.length).toBeGreaterThanOrEqual(4);
  });

  it('prints commands that work as printed', () => {
    const world = createWorld();
    // There is something to read then.
    expect(type('./flowforge run -- true', world.env).status).toBe(0);
    for (const line of quick) {
      const { status, stderr } = type(line, world.env);
      expect({ line, status, stderr }).toMatchObject({ status: 0 });
    }
  });

  it('prints scripts that run from any folder and end with what they found', () => {
    const world = createWorld();
    const out = join(world.folder, 'out');
    const tune = type(`cd / && ${root}/scripts/tune_detection.sh ${out}/tune`, world.env);
    expect({ status: tune.status, stderr: tune.stderr }).toMatchObject({ status: 0 });
    expect(readFileSync(join(out, 'tune/summary.md'), 'utf8')).toContain('Recommended');
    const missing = type(`cd / && ${root}/scripts/week2_real_pilot.sh no-such-file`, world.env);
    expect(missing.status).toBe(2);
    const bad = join(world.folder, 'planted.txt');
    const planted = `printf 'planted|80|LEAK_DETECTED|true\\n' > ${bad}; cd / && ${root}/scripts/week2_real_pilot.sh ${bad} ${out}/planted`;
    expect(type(planted, world.env).status).toBe(1);
  });
});
