// What GitHub's own parser has against a workflow. It imports JSON as bundlers take it and Node does not: so it is bundled.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

type Parser = typeof import('@actions/workflow-parser');

/** Gives the faults of a workflow; none where it is sound. */
export async function workflowFaults(name: string, content: string): Promise<readonly string[]> {
  parser ??= await bundledParser();
  const { context, value } = parser.parseWorkflow(
    { name, content },
    new parser.NoOperationTraceWriter(),
  );
  if (value) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

let parser: Parser | undefined;

async function bundledParser(): Promise<Parser> {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-workflow-parser-'));
  try {
    const outfile = join(folder, 'parser.mjs');
    const resolveDir = import.meta.dirname;
    const stdin = { contents: "export * from '@actions/workflow-parser';", resolveDir };
    // `yaml` in it still asks for builtins by `require`.
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    };
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, banner });
    return await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
