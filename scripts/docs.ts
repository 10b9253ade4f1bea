// Writes the parts of the documentation that the code knows better: settings, variables, errors, commands, and the
// JSON Schema. In a page such a part stands between `<!-- generated: name -->` and `<!-- end -->`; the rest is
// written by hand. test/docs.test.ts holds the pages to what this makes.
//   npm run docs

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../src/cli/program.ts';
import { manPage } from '../src/cli/shell/man-page.ts';
import { SECRET_VARIABLES, TOLD_VARIABLES } from '../src/config/environment.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { flagOf, maySet, SETTING_KEYS, settingOf, variableOf } from '../src/config/schema.ts';
import { GROUP_TITLES, GROUPS } from '../src/config/setting.ts';
import { ERRORS } from '../src/core/error.ts';
import { PROFILE_POLICIES, PROFILES } from '../src/core/policy/policy.ts';

const root = resolve(import.meta.dirname, '..');

/** The pages with generated parts. */
const PAGES = ['docs/configuration.md', 'docs/errors.md', 'docs/cli.md'] as const;

const PARTS: Readonly<Record<string, () => string>> = {
  settings,
  profiles,
  variables,
  errors,
  commands,
};

/** Every file that has generated parts, as it should be. */
export function currentDocs(): ReadonlyMap<string, string> {
  const schema = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  return new Map([
    ['docs/flowforge.schema.json', schema],
    ['man/flowforge.1', manPage(buildProgram('', () => {}))],
    ...PAGES.map((page) => [page, filled(readFileSync(join(root, page), 'utf8'))] as const),
  ]);
}

function filled(page: string): string {
  return page.replace(
    /<!-- generated: (\w+) -->\n[\s\S]*?<!-- end -->/g,
    (_match, name: string) => {
      const part = PARTS[name];
      if (part === undefined) throw new Error(`no generated part is called ${name}`);
      return `<!-- generated: ${name} -->\n\n${part()}\n\n<!-- end -->`;
    },
  );
}

function settings(): string {
  return GROUPS.map((group) => {
    const rows = SETTING_KEYS.filter((key) => settingOf(key).group === group).map((key) => {
      const { byDefault, describe, kind } = settingOf(key);
      const flag = maySet(key, 'flag') ? code(flagOf(key)) : '';
      const inFile = maySet(key, 'user-file') ? code(key) : '';
      const fallback = byDefault(PROFILE_POLICIES.standard);
      const shown = fallback === null ? '' : code(kind.show(fallback));
      return [inFile, flag, `${describe}. Expects ${kind.expects}`, shown];
    });
    const heading = ['In a file', 'Flag', 'What it does', 'Default'];
    return `### ${GROUP_TITLES[group]}\n\n${table(heading, rows)}`;
  }).join('\n\n');
}

function profiles(): string {
  const rows = SETTING_KEYS.filter((key) => key !== 'profile').flatMap((key) => {
    const { byDefault, kind } = settingOf(key);
    const shown = PROFILES.map((name) => kind.show(byDefault(PROFILE_POLICIES[name])));
    return new Set(shown).size === 1 ? [] : [[code(key), ...shown.map(code)]];
  });
  return table(['Setting', ...PROFILES.map(code)], rows);
}

function variables(): string {
  const ofSettings = SETTING_KEYS.filter((key) => maySet(key, 'environment')).map((key) => [
    code(variableOf(key)),
    `the setting ${code(key)}`,
  ]);
  const secrets = SECRET_VARIABLES.flatMap((name) => [
    [code(name), SECRET_MEANINGS[name]],
    [code(`${name}_FILE`), `a file that holds ${code(name)}`],
  ]);
  const told = TOLD_VARIABLES.map((name) => [code(name), 'set for the command: the id of its run']);
  return table(['Variable', 'Is'], [...ofSettings, ...secrets, ...told]);
}

const SECRET_MEANINGS = {
  FLOWFORGE_API_KEY: 'the key that allows acting through the API: 8 or more visible characters',
  FLOWFORGE_MASTER_KEY: 'the key that encrypts the evidence: 64 hexadecimal digits',
} as const;

function errors(): string {
  const rows = Object.entries(ERRORS).map(([errorCode, { exitCode, status, hint }]) => [
    `[${code(errorCode)}](#${errorCode.toLowerCase()})`,
    String(exitCode),
    String(status),
    hint,
  ]);
  return table(['Code', 'Exit status', 'HTTP status', 'What to do'], rows);
}

function commands(): string {
  const program = buildProgram('', () => {});
  return program.commands
    .map((command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``)
    .join('\n\n');
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help.trimEnd();
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, content] of currentDocs()) writeFileSync(join(root, path), content);
}
