// Tells every setting with its value and where it came from: `flowforge config --origin`.

import type { Config } from './config.ts';
import { SETTING_KEYS, type SettingKey, settingOf } from './schema.ts';
import type { Group, Source } from './setting.ts';

/** One setting, as a person reads it and as JSON says it. */
export interface ExplainedSetting {
  readonly key: string;
  /** As the configuration would write it. */
  readonly value: string;
  readonly from: Source;
  /** `/path/flowforge.yaml:3`, `FLOWFORGE_PORT`, `--port`, `profile heavy`, `default`. */
  readonly where: string;
  readonly group: Group;
  /** What it does, in a sentence. */
  readonly about: string;
}

/** Every setting in the order of the documentation. Keys are not among them. */
export function explainConfig(config: Config): readonly ExplainedSetting[] {
  return SETTING_KEYS.map((key) => {
    const { group, describe: about } = settingOf(key);
    const { from, where } = config.origins[key];
    return { key, value: shown(key, config), from, where, group, about };
  });
}

/** The same as lines of text, in columns. */
export function renderExplanation(explained: readonly ExplainedSetting[]): string {
  const keyWidth = Math.max(...explained.map(({ key }) => key.length));
  const valueWidth = Math.min(32, Math.max(...explained.map(({ value }) => value.length)));
  return explained
    .map(({ key, value, where }) =>
      `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${where}`.trimEnd(),
    )
    .join('\n');
}

/** What a place comes to when nobody names it is more useful than that nobody does. */
function shown(key: SettingKey, config: Config): string {
  if (key === 'db') return config.dbPath;
  if (key === 'state-dir') return config.stateDir;
  return settingOf(key).kind.show(config.values[key]);
}
