// How surely a tree can be held on this machine, what is missing for more, and how to get it.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { Containment } from '../../core/run.ts';
import { becomeSubreaper } from './subreaper.ts';

export interface ContainmentFact {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** How to get what is missing; empty where nothing is. */
  readonly hint: string;
}

export interface ContainmentReport {
  /** The surest level to be had: `pidns` takes `--isolate`. */
  readonly level: Containment;
  readonly facts: readonly ContainmentFact[];
}

const PROBE_MS = 5000;

/** Looks at what holds a tree here. Starts the shim once, to try a namespace. */
export function probeContainment(shimPath: string): ContainmentReport {
  const shim = shimFact(shimPath);
  const namespace = shim.ok
    ? namespaceFact(shimPath)
    : fact('PID namespace', false, 'needs the shim', '');
  const facts = [shim, namespace, childListsFact(), subreaperFact()];
  const level = !shim.ok ? 'group' : namespace.ok ? 'pidns' : 'shim';
  return { level, facts };
}

/** Whether a job can get a PID namespace here; else why not. */
export function probeIsolation(shimPath: string): {
  readonly ok: boolean;
  readonly detail: string;
} {
  const { stdout, status, error } = spawnSync(shimPath, ['--probe'], {
    encoding: 'utf8',
    timeout: PROBE_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error || status !== 0) return { ok: false, detail: error?.message ?? 'the shim cannot run' };
  const [word = '', errno = '0'] = stdout.trim().split(' ');
  if (word === 'ok') return { ok: true, detail: 'can be had with --isolate' };
  return { ok: false, detail: `refused by the system (${getSystemErrorName(-Number(errno))})` };
}

const fact = (name: string, ok: boolean, detail: string, hint: string): ContainmentFact => ({
  name,
  ok,
  detail,
  hint: ok ? '' : hint,
});

function shimFact(path: string): ContainmentFact {
  const hint =
    'install a C compiler (cc) and build again, or install the package for Linux x64 or arm64';
  if (!existsSync(path)) return fact('shim', false, 'there is none', hint);
  try {
    accessSync(path, constants.X_OK);
    return fact('shim', true, 'holds every descendant and proves the end', '');
  } catch {
    const means = `chmod +x ${path}, or have it where the file system is not mounted noexec`;
    return fact('shim', false, 'may not be executed', means);
  }
}

function namespaceFact(path: string): ContainmentFact {
  const { ok, detail } = probeIsolation(path);
  const hint =
    'allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, ' +
    'kernel.apparmor_restrict_unprivileged_userns=0), or run as root; not needed without --isolate';
  return fact('PID namespace', ok, detail, hint);
}

function childListsFact(): ContainmentFact {
  const ok = existsSync('/proc/thread-self/children');
  const detail = ok
    ? 'the kernel lists children'
    : 'the kernel keeps no lists of children (CONFIG_PROC_CHILDREN): looking costs more';
  return fact('child lists', ok, detail, 'nothing needs to be done');
}

function subreaperFact(): ContainmentFact {
  const ok = becomeSubreaper() !== null;
  const detail = ok
    ? 'a job whose shim is killed comes to FlowForge'
    : 'a job whose shim is killed is found by its run id only';
  return fact(
    'native calls',
    ok,
    detail,
    `npm install @koromix/koffi-${process.platform}-${process.arch}`,
  );
}
