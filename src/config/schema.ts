// The one table of settings. Flags, variables, the file's keys, their checks, the JSON Schema and
// docs/configuration.md all come from it. A key is written in kebab-case everywhere: `max-cpu: 60` in a file,
// `--max-cpu 60` on a command line, `FLOWFORGE_MAX_CPU=60` in the environment.

import type { Setting, Source } from './setting.ts';
import { EVIDENCE } from './settings-evidence.ts';
import { GUARDING } from './settings-guarding.ts';
import { RUNNING } from './settings-running.ts';

export const SETTINGS = { ...GUARDING, ...RUNNING, ...EVIDENCE } as const;

export type SettingKey = keyof typeof SETTINGS;
export type Values = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** Every key, in the order of the documentation. */
export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** A setting whose kind of value is not known to the reader. */
export const settingOf = (key: SettingKey): Setting<unknown> =>
  SETTINGS[key] as unknown as Setting<unknown>;

/** Whether a key may be set there. */
export const maySet = (key: SettingKey, source: Source): boolean =>
  settingOf(key).only?.includes(source) ?? true;

/** `FLOWFORGE_MAX_CPU` for `max-cpu`. */
export const variableOf = (key: SettingKey): string =>
  settingOf(key).variable ?? `FLOWFORGE_${key.toUpperCase().replaceAll('-', '_')}`;

/** `--max-cpu <percent>` for `max-cpu`: as commander reads it and as the help prints it. */
export function flagOf(key: SettingKey): string {
  const { flag, kind } = settingOf(key);
  return `${flag ?? `--${key}`} ${kind.placeholder}`.trim();
}
