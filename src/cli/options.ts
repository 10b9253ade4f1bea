// Command-line options made from the table of settings, and read back by its keys.

import { type Command, Option } from 'commander';
import type { Flags } from '../config/load.ts';
import { flagOf, maySet, SETTING_KEYS, type SettingKey, settingOf } from '../config/schema.ts';
import { GROUP_TITLES } from '../config/setting.ts';

/** Where the evidence and the sockets are: every command that reads or acts has these. */
export const PLACE_OPTIONS = ['db', 'state-dir', 'config'] as const satisfies readonly SettingKey[];

/** Every setting that a flag may set. */
export const ALL_OPTIONS: readonly SettingKey[] = SETTING_KEYS.filter((key) => maySet(key, 'flag'));

/** The settings that say when FlowForge acts. */
export const GUARDING_OPTIONS: readonly SettingKey[] = ALL_OPTIONS.filter((key) =>
  ['policy', 'limits', 'detection'].includes(settingOf(key).group),
).concat('config');

/** Adds the options of the given settings to a command. */
export function addOptions(command: Command, keys: readonly SettingKey[]): Command {
  for (const key of keys) {
    const { describe, group } = settingOf(key);
    command.addOption(new Option(flagOf(key), describe).helpGroup(`${GROUP_TITLES[group]}:`));
  }
  return command;
}

/** What was given on the command line, by setting; what was not given is absent. */
export function flagsFrom(command: Command): Flags {
  const flags: { [K in SettingKey]?: string | boolean } = {};
  for (const option of command.options) {
    const key = SETTING_KEYS.find((candidate) => option.flags === flagOf(candidate));
    const name = option.attributeName();
    if (!key || command.getOptionValueSource(name) !== 'cli') continue;
    const value: unknown = command.getOptionValue(name);
    // commander turns --no-kill into kill=false; the setting is called by its flag.
    flags[key] = option.negate && key.startsWith('no-') ? value === false : (value as string);
  }
  return flags;
}
