// Reads YAML. A file of its own, so that the reader is loaded only where there is a file, and only the reader.

import { loadAll, YAMLException } from 'js-yaml';

/** What a text holds, or what is wrong with it and in which line. */
export type YamlReading =
  | { readonly documents: readonly unknown[] }
  | { readonly reason: string; readonly line: number | null };

/** Reads all documents of a YAML text. */
export function readYaml(text: string): YamlReading {
  try {
    return { documents: loadAll(text) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { reason: error.reason, line: error.mark === undefined ? null : error.mark.line + 1 };
  }
}
