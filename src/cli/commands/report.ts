// `flowforge report`: the post-mortem of an incident.

import { writeFileSync } from 'node:fs';
import { readEvidence, wallClock } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { buildReport } from '../../ops/report.ts';
import type { EvidenceReader } from '../../ports.ts';
import { print } from '../terminal.ts';

export interface ReportOptions {
  readonly md?: boolean;
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

export async function reportCommand(
  incident: string | undefined,
  flags: Flags,
  { html, json, output }: ReportOptions,
): Promise<ExitStatus> {
  const evidence = readEvidence(await loadConfig({ flags }));
  try {
    const id = incident ?? newest(evidence.reader);
    const report = buildReport(evidence.reader, id, wallClock());
    const page = json ? report.json : html ? report.html : report.markdown;
    if (output === undefined) print(page);
    else writeOut(output, page);
  } finally {
    evidence.close();
  }
  return { type: 'exited', code: EXIT.ok };
}

function newest(reader: EvidenceReader): string {
  const [incident] = reader.incidents({ limit: 1 }).items;
  if (!incident) throw new FlowForgeError('FF_NOT_FOUND', 'there are no incidents');
  return incident.id;
}

/** Writes a file for its owner's eyes. Throws FF_USAGE where it cannot be written. */
export function writeOut(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content, { mode: 0o600 });
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot write ${path}`, {
      cause,
      hint: 'Choose another place with -o.',
    });
  }
  print(path);
}
