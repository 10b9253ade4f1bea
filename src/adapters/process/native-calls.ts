// Calls of the C library that Node has none for. They go through the native part of koffi, which is optional: of its
// packages only the one for this machine, which needs neither the wrapper around it nor an install script.

import { createRequire } from 'node:module';

export interface CLibrary {
  /** A function by its declaration in C. */
  func(declaration: string): (...args: readonly unknown[]) => unknown;
}

/** The C library of this process. Throws where native calls cannot be made. */
export function openCLibrary(): CLibrary {
  const native = createRequire(import.meta.url)(
    `@koromix/koffi-${process.platform}-${process.arch}`,
  );
  return native.load(null);
}
