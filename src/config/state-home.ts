// The folder that holds the state of programs where nobody names another: the user's, or, where that cannot be written
// (a read-only container, a service without a home), one in the folder for temporary files.

import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What keeps state is named after us, so that the user's folder need not be ours. */
const NAME = 'flowforge';

/** The state folder of its own that FlowForge has below `stateHome`, or the one that stands for it. */
export function defaultStateDir(stateHome: string): {
  readonly path: string;
  readonly warning: string | null;
} {
  const own = join(stateHome, NAME);
  // One that is there is the one that is meant, whatever may be done with it.
  if (existsSync(own) || canBeMadeIn(stateHome)) return { path: own, warning: null };
  const path = join(tmpdir(), `${NAME}-${process.getuid?.() ?? 'user'}`);
  const warning = `${stateHome} cannot be written: the state folder is ${path}`;
  return { path, warning };
}

function canBeMadeIn(folder: string): boolean {
  if (!existsSync(folder)) return dirname(folder) !== folder && canBeMadeIn(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
