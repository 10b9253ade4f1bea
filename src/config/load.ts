// Loads the configuration: flags over environment over files over profile over defaults. The only place that
// reads the environment of the process.

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ERRORS, FlowForgeError } from '../core/error.ts';
import { type Config, configFrom } from './config.ts';
import {
  childEnvironment,
  keyFiles,
  managerAddress,
  readSecrets,
  unknownVariables,
} from './environment.ts';
import { type ConfigFile, findConfigFiles, readConfigFile } from './file.ts';
import type { Findings, Layer, Mistake } from './layer.ts';
import { resolveSettings } from './resolve.ts';
import { flagOf, maySet, SETTING_KEYS, type SettingKey, variableOf } from './schema.ts';
import { defaultStateDir } from './state-home.ts';

/** What was given on the command line, by key; what was not given is absent. */
export type Flags = { readonly [K in SettingKey]?: string | boolean | undefined };
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  readonly flags?: Flags;
  readonly cwd?: string;
  readonly environment?: Environment;
  /** The machine's folder of configuration. */
  readonly systemFolder?: string;
}

/**
 * Loads and checks everything. Throws `FF_KEY_INVALID` for an unusable key and `FF_CONFIG_INVALID` with all
 * mistakes at once: file and line or variable or flag, what is wrong, and what it should be.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { flags = {}, cwd = process.cwd(), environment = process.env } = options;
  const { systemFolder = '/etc/flowforge' } = options;
  const findings: Findings = { mistakes: [], warnings: [...unknownVariables(environment)] };
  const secrets = readSecrets(environment, findings);

  const given = [environmentLayer(environment, cwd), flagLayer(flags, cwd)];
  const named = namedFile(given);
  const files: readonly ConfigFile[] =
    named === null
      ? findConfigFiles({ cwd, ...homes(environment), systemFolder, userId: userId() }, findings)
      : [{ path: named, source: 'user-file' }];
  const written = await Promise.all(files.map((file) => readConfigFile(file, findings)));

  const { values, origins } = resolveSettings([...written, ...given], findings);
  if (findings.mistakes.length > 0) throw invalid(findings.mistakes);
  const stateDir = values['state-dir'] ?? stateDirIn(homes(environment).stateHome, findings);
  return configFrom(values, {
    ...secrets,
    keyFiles: keyFiles(environment),
    childEnvironment: childEnvironment(environment),
    manager: managerAddress(environment, process.pid),
    stateDir,
    files,
    origins,
    warnings: findings.warnings,
  });
}

/** The file that a flag or a variable names, or null. */
function namedFile(given: readonly Layer[]): string | null {
  const isNamed = given.some(({ entries }) => entries.some(({ key }) => key === 'config'));
  return isNamed ? resolveSettings(given, { mistakes: [], warnings: [] }).values.config : null;
}

function environmentLayer(environment: Environment, folder: string): Layer {
  const entries = SETTING_KEYS.flatMap((key) => {
    const raw = environment[variableOf(key)];
    if (raw === undefined || raw === '' || !maySet(key, 'environment')) return [];
    return [{ key, raw, where: variableOf(key), folder }];
  });
  return { source: 'environment', entries };
}

function flagLayer(flags: Flags, folder: string): Layer {
  const entries = SETTING_KEYS.flatMap((key) => {
    const raw = flags[key];
    const [where = key] = flagOf(key).split(' ');
    return raw === undefined ? [] : [{ key, raw, where, folder }];
  });
  return { source: 'flag', entries };
}

function stateDirIn(stateHome: string, findings: Findings): string {
  const { path, warning } = defaultStateDir(stateHome);
  if (warning !== null) findings.warnings.push(warning);
  return path;
}

interface Homes {
  readonly configHome: string;
  readonly stateHome: string;
  readonly cacheHome: string;
}

/** The XDG base directories; a relative one counts as unset, as the specification says. */
export function homes(environment: Environment = process.env): Homes {
  const home = environment['HOME'] || homedir();
  const folder = (name: string, fallback: string): string => {
    const set = environment[name];
    return set !== undefined && isAbsolute(set) ? set : resolve(home, fallback);
  };
  return {
    configHome: folder('XDG_CONFIG_HOME', '.config'),
    stateHome: folder('XDG_STATE_HOME', join('.local', 'state')),
    cacheHome: folder('XDG_CACHE_HOME', '.cache'),
  };
}

const userId = (): number | null => process.getuid?.() ?? null;

/** Whether an address is this host’s own. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

function invalid(mistakes: readonly Mistake[]): FlowForgeError {
  const lines = mistakes.map(({ where, problem }) => `${where}: ${problem}`);
  const message =
    lines.length === 1
      ? `${mistakes[0]?.where.startsWith('--') ? '' : 'configuration: '}${lines[0]}`
      : `configuration: ${lines.length} mistakes\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const isCommandLine = mistakes.every(({ where }) => where.startsWith('--'));
  return new FlowForgeError('FF_CONFIG_INVALID', message, {
    hint: isCommandLine ? 'See `flowforge run --help`.' : ERRORS.FF_CONFIG_INVALID.hint,
  });
}
