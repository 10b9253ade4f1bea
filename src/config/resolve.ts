// Puts the layers on top of each other: checks every value, lets the strongest source win, and keeps where each
// came from. A project's file may make a value stricter than the user's own file says, never looser.

import { homedir } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { type Policy, PROFILE_POLICIES, type ProfileName } from '../core/policy/policy.ts';
import type { Entry, Findings, Layer } from './layer.ts';
import { SETTING_KEYS, type SettingKey, settingOf, type Values } from './schema.ts';
import type { Source } from './setting.ts';
import { didYouMean } from './suggest.ts';

/** Where a value came from: what kind of source, and its exact place. */
export interface Origin {
  readonly from: Source;
  readonly where: string;
}
export type Origins = Readonly<Record<SettingKey, Origin>>;

/** Every setting with its value and where it came from. */
export interface Resolved {
  readonly values: Values;
  readonly origins: Origins;
}

interface Choice {
  readonly value: unknown;
  readonly origin: Origin;
  /** Whether the user's or the machine's own file stands behind it. */
  readonly fixed: boolean;
}

/** Resolves all settings from `layers`, weakest first. What is wrong is added to `findings`. */
export function resolveSettings(layers: readonly Layer[], findings: Findings): Resolved {
  const { standard } = PROFILE_POLICIES;
  const profile = choose('profile', start('profile', standard, false), layers, findings);
  const policy = PROFILE_POLICIES[profile.value as ProfileName];
  const choices = new Map<SettingKey, Choice>([['profile', profile]]);
  for (const key of SETTING_KEYS) {
    if (key === 'profile') continue;
    choices.set(key, choose(key, start(key, policy, profile.fixed), layers, findings));
  }
  const values = Object.fromEntries([...choices].map(([key, { value }]) => [key, value]));
  const origins = Object.fromEntries([...choices].map(([key, { origin }]) => [key, origin]));
  return { values: values as unknown as Values, origins: origins as unknown as Origins };
}

/** What holds where nobody says anything. */
function start(key: SettingKey, policy: Policy, profileFixed: boolean): Choice {
  const { byDefault, kind } = settingOf(key);
  const value = byDefault(policy);
  const standard = byDefault(PROFILE_POLICIES.standard);
  if (kind.show(value) === kind.show(standard)) {
    return { value, origin: { from: 'default', where: 'default' }, fixed: false };
  }
  const where = `profile ${policy.profile}`;
  return { value, origin: { from: 'profile', where }, fixed: profileFixed };
}

function choose(
  key: SettingKey,
  initial: Choice,
  layers: readonly Layer[],
  findings: Findings,
): Choice {
  let chosen = initial;
  for (const { source, entries } of layers) {
    const entry = entries.find((candidate) => candidate.key === key);
    if (entry === undefined) continue;
    const candidate = check(entry, source, findings);
    if (candidate === null) continue;
    if (source === 'project-file' && loosens(key, candidate, chosen)) {
      findings.warnings.push(loosenedWarning(key, candidate, chosen));
    } else {
      chosen = candidate;
    }
  }
  return chosen;
}

function check(entry: Entry, source: Source, findings: Findings): Choice | null {
  const { kind } = settingOf(entry.key);
  const parsed = kind.schema().safeParse(entry.raw);
  if (!parsed.success) {
    // A flag and a variable are their own names; a place in a file is not.
    const isNamed = source === 'flag' || source === 'environment';
    const what = isNamed ? '' : `${entry.key}: `;
    const guess = typeof entry.raw === 'string' ? didYouMean(entry.raw, kind.words ?? []) : '';
    const problem = `${what}${quoted(entry.raw)} is not ${kind.expects}${guess}`;
    findings.mistakes.push({ where: entry.where, problem });
    return null;
  }
  const value =
    kind.isPath && typeof parsed.data === 'string'
      ? absolute(parsed.data, entry.folder)
      : parsed.data;
  const fixed = source === 'system-file' || source === 'user-file';
  return { value, origin: { from: source, where: entry.where }, fixed };
}

const loosens = (key: SettingKey, candidate: Choice, chosen: Choice): boolean =>
  chosen.fixed && (settingOf(key).looser?.(candidate.value, chosen.value) ?? false);

function loosenedWarning(key: SettingKey, candidate: Choice, chosen: Choice): string {
  const { show } = settingOf(key).kind;
  return (
    `${candidate.origin.where}: ${key}: ${show(candidate.value)} was not taken; ` +
    `${chosen.origin.where} fixes it at ${show(chosen.value)}`
  );
}

function absolute(path: string, folder: string): string {
  return path === '~' || path.startsWith('~/')
    ? resolvePath(homedir(), path.slice(2))
    : resolvePath(folder, path);
}

function quoted(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
