// The commands of the pages for operators, typed as they are printed there; of the scripts those that take seconds.
// What the long ones call has tests of its own.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';

const root = resolve(import.meta.dirname, '../..');
const commandsOf = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(
    ([, block = '']) => block.trim().split('\n'),
  );
const PAGES = ['docs/operations.md', 'docs/runbook.md'] as const;
/** Those that take minutes: whether they are there is what is looked at here. */
const LONG = /^(\.\/scripts\/|cp scripts\/|npm run )/;
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const type = (line: string, env: NodeJS.ProcessEnv, cwd = root) =>
  spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8', timeout: 100_000 });

describe.each(PAGES)('%s', (page) => {
  const commands = commandsOf(page);
  const quick = commands.filter((line) => line.startsWith('./flowforge '));

  it('prints only commands that are tried here, or scripts that are there', () => {
    expect(quick.length).toBeGreaterThanOrEqual(5);
    expect(commands.filter((line) => !quick.includes(line) && !LONG.test(line))).toEqual([]);
    for (const line of commands.filter((it) => LONG.test(it))) {
      const [, script] = /^npm run (?:-s )?([\w:]+)/.exec(line) ?? [];
      const [file = ''] = /scripts\/[\w.]+/.exec(line) ?? [];
      expect(script === undefined ? existsSync(join(root, file)) : script in scripts).toBe(true);
    }
  });

  it('prints commands that work as printed', () => {
    const world = createWorld();
    symlinkSync(join(root, 'flowforge'), join(world.folder, 'flowforge'));
    // There is something to read then: a run that ended well, and one that met a limit.
    expect(type('./flowforge run -- true', world.env, world.folder).status).toBe(0);
    const limited = './flowforge run --max-time 1s --grace 100ms -- sleep 30';
    expect(type(limited, world.env, world.folder).status).toBe(124);
    for (const line of quick) {
      const { status, stderr } = type(line, world.env, world.folder);
      expect({ line, status, stderr }).toMatchObject({ line, status: 0 });
    }
  }, 150_000);
});

describe('the operations guide', () => {
  it('prints scripts that run from any folder and end with what they found', () => {
    const world = createWorld();
    const out = join(world.folder, 'out');
    const tune = type(
      `cd / && ${root}/scripts/tune_detection.sh ${out}/tune --recorded`,
      world.env,
    );
    expect({ status: tune.status, stderr: tune.stderr }).toMatchObject({ status: 0 });
    expect(readFileSync(join(out, 'tune/summary.md'), 'utf8')).toContain('Recommended');
    const missing = type(`cd / && ${root}/scripts/week2_real_pilot.sh no-such-file`, world.env);
    expect(missing.status).toBe(2);
    const bad = join(world.folder, 'planted.txt');
    const planted = `printf 'planted|80|LEAK_DETECTED|true\\n' > ${bad}; cd / && ${root}/scripts/week2_real_pilot.sh ${bad} ${out}/planted`;
    expect(type(planted, world.env).status).toBe(1);
  });
});
