// Verdicts on who may read and change the files that are ours.

import { type Check, fail, ok, warn } from './check.ts';

export interface FileFacts {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly ownerId: number;
}

/**
 * What a file is to us: a `folder` of ours, the `evidence`, a `secret` that we made, a key `given` by its user, or one
 * `mounted` into a container, where nobody else is.
 */
export type FileRole = 'folder' | 'evidence' | 'secret' | 'given' | 'mounted';

/** Bits that must not be set, and bits that should not be. */
const BITS: Readonly<Record<FileRole, { readonly fail: number; readonly warn: number }>> = {
  folder: { fail: 0o022, warn: 0o055 },
  evidence: { fail: 0o022, warn: 0o044 },
  secret: { fail: 0o077, warn: 0 },
  given: { fail: 0o022, warn: 0o005 },
  mounted: { fail: 0o022, warn: 0 },
};

/** The first thing wrong with a file, or null. */
export function judgeFile(
  name: string,
  role: FileRole,
  { path, mode, ownerId }: FileFacts,
  userId: number | null,
): Check | null {
  const { fail: never, warn: rather } = BITS[role];
  const isGiven = role === 'given' || role === 'mounted';
  const close = `chmod ${role === 'folder' ? '700' : isGiven ? 'o-rwx,g-w' : '600'} ${path}`;
  const shown = `${path} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
  if (mode & never) return fail(name, `${shown}: others may ${verb(mode & never)} it`, close);
  if (!isGiven && userId !== null && ownerId !== userId) {
    const hint = `run FlowForge as that user, or give it a place of its own (--state-dir, --db)`;
    return fail(name, `${path} belongs to another user (uid ${ownerId})`, hint);
  }
  if (mode & rather) return warn(name, `${shown}: others may read it`, close);
  return null;
}

const verb = (bits: number): string => (bits & 0o022 ? 'change' : 'read');

/** One line for files that are the same to us: the first that is wrong, failures before warnings; or that all is well. */
export function judgeTogether(name: string, found: readonly Check[], well: string): Check {
  return (
    found.find(({ state }) => state === 'fail') ??
    found.find(({ state }) => state === 'warn') ??
    ok(name, well)
  );
}
