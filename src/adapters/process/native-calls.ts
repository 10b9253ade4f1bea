// Calls of the C library that Node has none for. They go through the native part of koffi, which is optional: of its
// packages only the one for this machine, which needs neither the wrapper around it nor an install script.

import { createRequire } from 'node:module';

export interface CLibrary {
  /** A function by its declaration in C. */
  func(declaration: string): (...args: readonly unknown[]) => unknown;
}

let place = (): string => import.meta.url;

/** Looks for the native part beside the file that is named when it is needed, rather than beside this one. */
export function findNativePartBeside(file: () => string): void {
  place = file;
}

/** The C library of this process. Throws where native calls cannot be made. */
export function openCLibrary(): CLibrary {
  const native = createRequire(place())(`@koromix/koffi-${process.platform}-${process.arch}`);
  return native.load(null);
}
