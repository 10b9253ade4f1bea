// What the environment holds beside settings: our keys, which are never passed on, and names that look like ours.

import { readFileSync } from 'node:fs';
import { FlowForgeError } from '../core/error.ts';
import type { Findings } from './layer.ts';
import { maySet, SETTING_KEYS, variableOf } from './schema.ts';
import { didYouMean } from './suggest.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The two keys; each can also be named by a file: `FLOWFORGE_API_KEY_FILE`. */
export const SECRET_VARIABLES = ['FLOWFORGE_API_KEY', 'FLOWFORGE_MASTER_KEY'] as const;
type SecretVariable = (typeof SECRET_VARIABLES)[number];

/** What FlowForge tells the commands it runs. */
export const TOLD_VARIABLES = ['FLOWFORGE_RUN_ID'] as const;

/** Every variable FlowForge reads or sets. */
export const VARIABLES: readonly string[] = [
  ...SETTING_KEYS.filter((key) => maySet(key, 'environment')).map(variableOf),
  ...SECRET_VARIABLES.flatMap((name) => [name, `${name}_FILE`]),
  ...TOLD_VARIABLES,
];

/** The longest key file that is read. */
const KEY_CHARS_MAX = 4096;

/**
 * The keys, from a variable or the file it names. Throws `FF_KEY_INVALID` for a key that is there but cannot be
 * used: working on without it would leave in the clear what was meant to be encrypted.
 */
export function readSecrets(
  environment: Environment,
  findings: Findings,
): { apiKey: string | null; masterKey: Uint8Array | null } {
  const apiKey = readSecret('FLOWFORGE_API_KEY', environment, findings);
  const masterKey = readSecret('FLOWFORGE_MASTER_KEY', environment, findings);
  if (apiKey !== null && !/^[\x21-\x7e]{8,}$/.test(apiKey)) {
    throw new FlowForgeError(
      'FF_KEY_INVALID',
      'the API key must be 8 or more visible ASCII characters without spaces',
      { hint: 'Choose a long random one: `openssl rand -hex 32` makes one.' },
    );
  }
  if (masterKey !== null && !/^[0-9a-fA-F]{64}$/.test(masterKey)) {
    throw new FlowForgeError(
      'FF_KEY_INVALID',
      `the master key must be 64 hexadecimal digits; this one has ${masterKey.length} characters`,
    );
  }
  return { apiKey, masterKey: masterKey === null ? null : Buffer.from(masterKey, 'hex') };
}

/** The files that hold the keys, where they are named rather than given. */
export const keyFiles = (environment: Environment): readonly string[] =>
  SECRET_VARIABLES.map((name) => environment[`${name}_FILE`]).filter((it) => it !== undefined);

/** Where a service manager waits for word from us, and how often it wants a sign of life. */
export interface ManagerAddress {
  readonly socket: string;
  readonly watchdogMs: number | null;
}

/** What systemd tells the process that it starts (sd_notify(3), sd_watchdog_enabled(3)); none of it is for a command. */
const MANAGER_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/** The manager that started this very process as a service, or null. */
export function managerAddress(environment: Environment, ownPid: number): ManagerAddress | null {
  const socket = environment['NOTIFY_SOCKET'];
  if (!socket) return null;
  const watchdogMs = Number(environment['WATCHDOG_USEC']) / 1_000;
  const isForUs = [undefined, `${ownPid}`].includes(environment['WATCHDOG_PID']);
  return { socket, watchdogMs: isForUs && watchdogMs >= 1 ? watchdogMs : null };
}

/**
 * The environment of a command: without our keys, without the word of a service manager that waits for ours, and with
 * Python's output as it comes.
 */
export function childEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const passed: Record<string, string> = { PYTHONUNBUFFERED: '1' };
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !isForUsOnly(name)) passed[name] = value;
  }
  return passed;
}

/** A sentence for each variable that looks like ours and is not: most likely a slip of the pen. */
export function unknownVariables(environment: Environment): readonly string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('FLOWFORGE_') && !VARIABLES.includes(name))
    .map((name) => `${name} is not a variable of FlowForge${didYouMean(name, VARIABLES)}`);
}

const isForUsOnly = (name: string): boolean =>
  SECRET_VARIABLES.some((secret) => name === secret || name === `${secret}_FILE`) ||
  MANAGER_VARIABLES.some((variable) => name === variable);

function readSecret(
  name: SecretVariable,
  environment: Environment,
  findings: Findings,
): string | null {
  const direct = environment[name];
  const path = environment[`${name}_FILE`];
  if (direct !== undefined && path !== undefined) {
    findings.mistakes.push({
      where: name,
      problem: `set either ${name} or ${name}_FILE, not both`,
    });
    return null;
  }
  return path === undefined ? (direct ?? null) : readKeyFile(`${name}_FILE`, path);
}

function readKeyFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, KEY_CHARS_MAX).trim();
  } catch (error) {
    throw new FlowForgeError('FF_KEY_INVALID', `${name}: ${path} cannot be read`, {
      cause: error,
      hint: 'Name a file that holds the key and that you may read.',
    });
  }
}
