// The environment this process was started with, as the kernel shows it to everybody of the same user in
// /proc/<pid>/environ: the command under guard, too.

import { openCLibrary } from './native-calls.ts';

/** Overwrites variables where they lie, and takes them out. False where native calls cannot be made. */
export function forgetVariables(names: readonly string[]): boolean {
  try {
    const libc = openCLibrary();
    const getenv = libc.func('void *getenv(const char *)');
    const unsetenv = libc.func('int unsetenv(const char *)');
    const strlen = libc.func('size_t strlen(void *)');
    const memset = libc.func('void *memset(void *, int, size_t)');
    for (const name of names) {
      const value: unknown = getenv(name);
      if (value === null) continue;
      memset(value, 0, strlen(value));
      unsetenv(name);
    }
    return true;
  } catch {
    return false;
  }
}
