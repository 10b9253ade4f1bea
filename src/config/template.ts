// A configuration file to begin with: every setting that a file may hold, commented out at its default.

import { PROFILE_POLICIES } from '../core/policy/policy.ts';
import { maySet, SETTING_KEYS, type SettingKey, settingOf } from './schema.ts';
import { GROUP_TITLES, GROUPS } from './setting.ts';

/**
 * The text of a `flowforge.yaml`.
 * @param schemaPath what editors complete and check the file with
 * @param chosen settings to put in force, as they are written
 */
export function configTemplate(
  schemaPath: string,
  chosen: Readonly<Partial<Record<SettingKey, string>>>,
): string {
  const groups = GROUPS.map((group) => {
    const keys = SETTING_KEYS.filter(
      (key) => settingOf(key).group === group && maySet(key, 'project-file'),
    );
    const lines = keys.map((key) => entry(key, chosen[key]));
    return keys.length === 0 ? '' : `\n# ${GROUP_TITLES[group]}\n\n${lines.join('\n')}`;
  });
  return `# yaml-language-server: $schema=${schemaPath}
# The settings of FlowForge for what runs in this folder and below it. What is commented out is the default;
# \`flowforge config --origin\` shows what is in force, and where it comes from.
${groups.join('')}`;
}

function entry(key: SettingKey, chosen: string | undefined): string {
  const { describe, kind, byDefault } = settingOf(key);
  const value = byDefault(PROFILE_POLICIES.standard);
  const isUnset = value === null || (Array.isArray(value) && value.length === 0);
  const shown = isUnset ? kind.placeholder : kind.show(value);
  const line = chosen === undefined ? `# ${key}: ${shown}` : `${key}: ${chosen}`;
  return `# ${describe}. Expects ${kind.expects}.\n${line}\n`;
}
