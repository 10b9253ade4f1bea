// Finds and reads configuration files: one of the project (in the working directory or above), the user's own,
// and the machine's. Reads text and keys only; what the values mean is for resolve.ts.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIMITS } from '../core/limits.ts';
import type { Findings, Layer } from './layer.ts';
import { maySet, SETTING_KEYS, type SettingKey, settingOf } from './schema.ts';
import type { Source } from './setting.ts';
import { didYouMean } from './suggest.ts';

export const CONFIG_FILE_NAME = 'flowforge.yaml';

/** A configuration file that exists, and whose word it is. */
export interface ConfigFile {
  readonly path: string;
  readonly source: Extract<Source, 'system-file' | 'user-file' | 'project-file'>;
}

/** Where to look. */
export interface Places {
  readonly cwd: string;
  /** `$XDG_CONFIG_HOME`, or what stands for it. */
  readonly configHome: string;
  readonly systemFolder: string;
  /** Who we are; null where files have no owner. */
  readonly userId: number | null;
}

/** The configuration files that exist, weakest first. A stranger's file is left out and said. */
export function findConfigFiles(places: Places, findings: Findings): readonly ConfigFile[] {
  const system = join(places.systemFolder, CONFIG_FILE_NAME);
  const user = join(places.configHome, 'flowforge', CONFIG_FILE_NAME);
  const project = upwards(places.cwd).find((path) => existsSync(path));
  const files: ConfigFile[] = [
    { path: system, source: 'system-file' },
    { path: user, source: 'user-file' },
  ];
  if (project !== undefined && project !== user && project !== system) {
    files.push({ path: project, source: 'project-file' });
  }
  return files.filter(({ path }) => existsSync(path) && isTrusted(path, places, findings));
}

/** Reads one file. What is wrong with it becomes mistakes with file and line; the rest is still read. */
export async function readConfigFile(file: ConfigFile, findings: Findings): Promise<Layer> {
  const text = readText(file.path, findings);
  const document = text === null ? null : await parse(text, file.path, findings);
  const entries: Layer['entries'][number][] = [];
  for (const [key, raw] of Object.entries(document ?? {})) {
    const where = `${file.path}:${lineOf(text ?? '', key)}`;
    const problem = problemWithKey(key, file.source);
    if (problem === null) {
      entries.push({ key: key as SettingKey, raw, where, folder: dirname(file.path) });
    } else {
      findings.mistakes.push({ where, problem });
    }
  }
  return { source: file.source, entries };
}

function upwards(cwd: string): readonly string[] {
  const paths: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    paths.push(join(folder, CONFIG_FILE_NAME));
    if (folder === dirname(folder)) return paths;
  }
}

/** Above a folder in /tmp a file could be anybody's: ours, root's and the working directory's owner's count. */
function isTrusted(path: string, { cwd, userId }: Places, findings: Findings): boolean {
  const owner = ownerOf(path);
  if (userId === null || owner === null) return true;
  if (owner === userId || owner === 0 || owner === ownerOf(cwd)) return true;
  findings.warnings.push(`${path} belongs to another user (uid ${owner}) and was not read`);
  return false;
}

const ownerOf = (path: string): number | null =>
  statSync(path, { throwIfNoEntry: false })?.uid ?? null;

function readText(path: string, findings: Findings): string | null {
  try {
    const { size } = statSync(path);
    if (size > LIMITS.configBytesMax) {
      findings.mistakes.push({
        where: path,
        problem: `is larger than ${LIMITS.configBytesMax} bytes`,
      });
      return null;
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    const problem = `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    findings.mistakes.push({ where: path, problem });
    return null;
  }
}

async function parse(text: string, path: string, findings: Findings): Promise<object | null> {
  const { readYaml } = await import('./yaml.ts');
  const reading = readYaml(text);
  if ('reason' in reading) {
    const where = reading.line === null ? path : `${path}:${reading.line}`;
    findings.mistakes.push({ where, problem: `is not valid YAML: ${reading.reason}` });
    return null;
  }
  const [document = {}, second] = reading.documents;
  if (second !== undefined || !isMapping(document)) {
    findings.mistakes.push({ where: path, problem: 'is not one mapping of `key: value` lines' });
    return null;
  }
  return document;
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problemWithKey(key: string, source: ConfigFile['source']): string | null {
  const known = (SETTING_KEYS as readonly string[]).includes(key);
  if (known && maySet(key as SettingKey, source)) return null;
  if (known && maySet(key as SettingKey, 'user-file')) {
    return `${key} may not be set by a project's file; set it in your own, in the environment or by a flag`;
  }
  if (known) return `${key} cannot be set in a file`;
  if (SECRETS.has(key)) {
    return `${key} does not belong in a file: set FLOWFORGE_${key.toUpperCase().replace('-', '_')} or …_FILE`;
  }
  return `${key} is not a setting${suggestion(key, source)}`;
}

const SECRETS: ReadonlySet<string> = new Set(['api-key', 'master-key']);

function suggestion(key: string, source: Source): string {
  const keys = SETTING_KEYS.filter((candidate) => maySet(candidate, source));
  const renamed = keys.find((candidate) => settingOf(candidate).alsoCalled?.includes(key));
  return renamed === undefined ? didYouMean(key, keys) : `; did you mean ${renamed}?`;
}

function lineOf(text: string, key: string): number {
  const lines = text.split('\n');
  const found = lines.findIndex((line) => {
    const start = line.trimStart().replace(/^[{"']+\s*["']?/, '');
    return start.startsWith(key) && /^["']?\s*:/.test(start.slice(key.length));
  });
  return found + 1 || 1;
}
