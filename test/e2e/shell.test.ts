// What a person meets in a shell before anything runs: completion, the manual page, the file to begin with.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { maySet, SETTING_KEYS } from '../../src/config/schema.ts';
import { createWorld, MAIN } from '../support/flowforge.ts';
import { openTerminal } from '../support/terminal.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe('completion', () => {
  /** What bash offers for a line whose last word is being written. */
  async function offered(...words: string[]): Promise<readonly string[]> {
    const { stdout, code } = await createWorld().run('completion', 'bash');
    expect(code).toBe(0);
    const line = ['flowforge', ...words].map((word) => `'${word}'`).join(' ');
    const asked = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _flowforge; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const bash = spawnSync('bash', ['--norc', '-c', `${stdout}\n${asked}`], { encoding: 'utf8' });
    expect(bash.stderr).toBe('');
    return bash.stdout.split('\n').filter(Boolean);
  }

  it('offers every command in bash', async () => {
    const names = buildProgram('', () => {}).commands.map((command) => command.name());
    expect(await offered('')).toEqual(expect.arrayContaining(names));
    expect(await offered('st')).toEqual(['status', 'stop']);
  });

  it('offers the options of a command, the words of an option, and commands behind --', async () => {
    expect(await offered('run', '--max-m')).toEqual(['--max-memory']);
    expect(await offered('run', '--profile', '')).toEqual(['light', 'standard', 'heavy']);
    expect(await offered('keys', 're')).toEqual(['revoke']);
    expect(await offered('run', '--', 'tru')).toContain('true');
  });

  it.each(['zsh', 'fish'])('is a script that %s reads', async (shell) => {
    const world = createWorld();
    const { stdout } = await world.run('completion', shell);
    expect(stdout).toContain('max-memory');
    if (!has(shell)) return;
    const file = join(world.folder, 'completion');
    writeFileSync(file, stdout);
    const read = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect({ status: read.status, said: read.stderr }).toEqual({ status: 0, said: '' });
  });

  it.skipIf(!has('fish'))('offers the same in fish', async () => {
    const { stdout } = await createWorld().run('completion', 'fish');
    const offered = (line: string): readonly string[] => {
      const fish = spawnSync('fish', ['--no-config', '-c', `${stdout}\ncomplete -C '${line}'`], {
        encoding: 'utf8',
      });
      expect(fish.stderr).toBe('');
      return fish.stdout
        .split('\n')
        .map((it) => it.split('\t')[0] ?? '')
        .filter(Boolean);
    };
    expect(offered('flowforge st')).toEqual(['status', 'stop']);
    expect(offered('flowforge run --max-m')).toEqual(['--max-memory']);
    expect([...offered('flowforge run --profile ')].sort()).toEqual(['heavy', 'light', 'standard']);
    expect(offered('flowforge run -- tru')).toContain('true');
    expect(offered('flowforge run --name a -- true --max')).not.toContain('--max-memory');
  });

  it('names the shells that there are to who asks for another', async () => {
    const { code, stderr } = await createWorld().run('completion', 'tcsh');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bash, zsh, fish'),
    });
  });
});

describe.skipIf(!has('groff'))('the manual page', () => {
  it('is set without a warning, and has every command', () => {
    const page = join(ROOT, 'man/flowforge.1');
    const set = spawnSync('groff', ['-ww', '-man', '-Tascii', page], { encoding: 'utf8' });
    expect({ status: set.status, said: set.stderr }).toEqual({ status: 0, said: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: overstriking and colours of a terminal
    const plain = set.stdout.replace(/.\u0008|\u001b\[[\d;]*m/g, '');
    for (const command of buildProgram('', () => {}).commands)
      expect(plain).toContain(`   ${command.name()}\n`);
  });
});

describe('flowforge init', () => {
  it('writes a file in which everything is commented out, and loads', async () => {
    const world = createWorld();
    const { code, stdout } = await world.run('init');
    const file = join(world.folder, 'flowforge.yaml');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(file) });
    const text = readFileSync(file, 'utf8');
    const schema = /^# yaml-language-server: \$schema=(.*)$/m.exec(text)?.[1] ?? '';
    expect(existsSync(schema)).toBe(true);
    const keys = SETTING_KEYS.filter((key) => maySet(key, 'project-file'));
    for (const key of keys) expect(text).toContain(`\n# ${key}:`);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    expect((await world.run('config')).code).toBe(0);
  });

  it('writes values that load when they are put in force', async () => {
    const world = createWorld();
    const before = await world.json<object>('config');
    await world.run('init');
    const file = join(world.folder, 'flowforge.yaml');
    const text = readFileSync(file, 'utf8');
    // Whatever has a default, but for the place of the database and what needs a word of the user's.
    writeFileSync(file, text.replace(/^# ((?!yaml-language)[a-z][a-z-]*: (?!<).+)$/gm, '$1'));
    const { code, stderr, stdout } = await world.run('config', '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toEqual(before);
  });

  it('puts in force what it is told, and overwrites only when it is forced', async () => {
    const world = createWorld();
    expect((await world.run('init', '--profile', 'heavy')).code).toBe(0);
    expect(await world.json('config')).toMatchObject({ profile: 'heavy' });
    const again = await world.run('init');
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect((await world.run('init', '--force', '--rollout', 'shadow')).code).toBe(0);
    expect(await world.json('config')).toMatchObject({ profile: 'standard', rollout: 'shadow' });
    expect((await world.run('init', '--force', '--profile', 'hevy')).stderr).toContain('heavy?');
  });

  it('asks at a terminal, again where the answer is no such word', async () => {
    const world = createWorld();
    const terminal = openTerminal([process.execPath, MAIN, 'init'], {
      env: world.env,
      cwd: world.folder,
    });
    await terminal.shows('How fast');
    terminal.type('fast\r');
    await terminal.shows('How fast');
    terminal.type('heavy\r');
    await terminal.shows('only watch');
    terminal.type('\r');
    expect(await terminal.ended).toBe(0);
    expect(readFileSync(join(world.folder, 'flowforge.yaml'), 'utf8')).toMatch(
      /^profile: heavy$[\s\S]*^rollout: enforce$/m,
    );
  });
});
