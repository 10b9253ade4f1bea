// One source of values, as it was written, before anything is checked; and what was found wrong on the way.

import type { SettingKey } from './schema.ts';
import type { Source } from './setting.ts';

/** One value as somebody wrote it. */
export interface Entry {
  readonly key: SettingKey;
  readonly raw: unknown;
  /** `/path/flowforge.yaml:3`, `FLOWFORGE_PORT`, `--port`. */
  readonly where: string;
  /** What a relative path in it is relative to. */
  readonly folder: string;
}

/** Everything one source says. */
export interface Layer {
  readonly source: Source;
  readonly entries: readonly Entry[];
}

export interface Mistake {
  readonly where: string;
  readonly problem: string;
}

/** Mistakes stop the program, all of them told at once; warnings do not. */
export interface Findings {
  readonly mistakes: Mistake[];
  readonly warnings: string[];
}
