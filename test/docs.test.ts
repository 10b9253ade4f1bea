// The documentation describes what is there, and nothing else.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentDocs } from '../scripts/docs.ts';
import { buildProgram } from '../src/cli/program.ts';
import { VARIABLES } from '../src/config/environment.ts';
import { maySet, SETTING_KEYS } from '../src/config/schema.ts';
import { ERRORS } from '../src/core/error.ts';
import { AUDIT_ACTIONS } from '../src/core/event.ts';
import { EXIT_REASONS } from '../src/core/run.ts';
import { TIMELINE_TYPE_OF } from '../src/core/timeline.ts';
import { anEvent, EVENT_TYPES } from './support/evidence.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every page that is part of the repository. */
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** What the tests themselves read, to be run longer or on another build. */
function testVariables(): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => read(join('test', name)).match(/\bFLOWFORGE_[A-Z_]+[A-Z]\b(?='\])/g) ?? []);
}

describe('the generated parts', () => {
  it.each([...currentDocs().keys()])('of %s are current (`npm run docs` writes them)', (path) => {
    expect(read(path)).toBe(currentDocs().get(path));
  });
});

describe('the documentation', () => {
  it('says of every error when it happens, and of no other', () => {
    const headings = [...read('docs/errors.md').matchAll(/^### (FF_\w+)$/gm)].map(
      ([, code]) => code,
    );
    expect(new Set(headings)).toEqual(new Set(Object.keys(ERRORS)));
    expect(headings).toHaveLength(Object.keys(ERRORS).length);
  });

  it('names no error code that is not in the table', () => {
    const named = pages.flatMap((page) => read(page).match(/\bFF_[A-Z_]+\b/g) ?? []);
    expect(named.filter((code) => !(code in ERRORS))).toEqual([]);
  });

  it('names no variable that is not read or set', () => {
    const named = pages.flatMap((page) => read(page).match(/\bFLOWFORGE_[A-Z_]+[A-Z]\b/g) ?? []);
    expect(named.filter((name) => ![...VARIABLES, ...testVariables()].includes(name))).toEqual([]);
  });

  it('shows only settings that exist in its examples of files', () => {
    const known = SETTING_KEYS.filter((key) => maySet(key, 'user-file')) as readonly string[];
    const keys = pages
      .flatMap((page) => [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)])
      .flatMap(([, block = '']) => [...block.matchAll(/^([\w-]+):/gm)].map(([, key = '']) => key));
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !known.includes(key))).toEqual([]);
  });

  it('links to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('lists every dependency, and no other', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      read('package.json'),
    );
    const listed = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)];
    expect(new Set(listed.map(([, name]) => name))).toEqual(
      new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })),
    );
  });
});

describe('docs/events.md', () => {
  const page = read('docs/events.md');
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  const rowsOf = (title: string): string[] =>
    [...(sections.get(title) ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);

  it('describes every type of event with all its fields, and no other', () => {
    const described = [...sections.keys()].filter((title) => /^[a-z]+\.[a-z]+$/.test(title));
    expect(described.sort()).toEqual([...EVENT_TYPES].sort());
    for (const type of EVENT_TYPES) {
      const fields = Object.keys(anEvent(type).payload).sort();
      expect({ type, fields: rowsOf(type).sort() }).toEqual({ type, fields });
      expect(sections.get(type)).toContain(`In the timeline: \`${TIMELINE_TYPE_OF[type]}\`.`);
    }
  });

  it('describes what every event has, and no other', () => {
    const { type: _type, payload: _payload, ...stamp } = anEvent('run.paused');
    expect(rowsOf('Every event').sort()).toEqual(['seq', ...Object.keys(stamp)].sort());
  });

  it('lists every audit action and every exit reason, and no other', () => {
    expect(rowsOf('Audit actions')).toEqual([...AUDIT_ACTIONS]);
    expect(rowsOf('Exit reasons')).toEqual([...EXIT_REASONS]);
  });
});

describe('the commands', () => {
  const names = buildProgram('', () => {}).commands.flatMap((command) => [
    command.name(),
    ...command.aliases(),
  ]);

  it('each have a section of docs/cli.md, and nothing else has', () => {
    const generated = read('docs/cli.md').split('<!-- generated: commands -->')[1] ?? '';
    const headings = [...generated.matchAll(/^## (\S+)$/gm)].map(([, name = '']) => name);
    expect(headings).toEqual(buildProgram('', () => {}).commands.map((it) => it.name()));
  });

  it('that a page names are there', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/(?:^|`|\.\/)flowforge ([a-z]+)\b/gm)].map(
        ([, name = '']) => [page, name] as const,
      ),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(([, name]) => !names.includes(name))).toEqual([]);
  });
});

describe('a decision record', () => {
  const records = readdirSync(join(root, 'docs/adr')).sort();

  it.each(records)('%s has its number, its five headings, and at most 40 lines', (name) => {
    const number = records.indexOf(name) + 1;
    expect(name).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
    const text = read(`docs/adr/${name}`);
    expect(text).toMatch(new RegExp(`^# ${number}\\. `));
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Status', 'Context', 'Decision', 'Consequences']);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });
});

describe('the commands of the README', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flowforge-readme-'));
    symlinkSync(join(root, 'flowforge'), join(folder, 'flowforge'));
    writeFileSync(join(folder, 'your_script.py'), 'print("work done")\n');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const commands = [...read('README.md').matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .filter((line) => line.startsWith('./flowforge') && !line.endsWith(' demo'));

  it('are there', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)('work as printed: %s', (command) => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', command], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        XDG_STATE_HOME: join(folder, 'state'),
        FLOWFORGE_DB_PATH: join(folder, 'flowforge.db'),
        FLOWFORGE_API: 'false',
      },
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    if (command.includes(' run ')) expect(stdout).toBe('work done\n');
  });
});
