// `flowforge evidence`: bundles of evidence, made and checked.

import { readFileSync } from 'node:fs';
import {
  evidenceTools,
  openEvidence,
  requireStore,
  verifyDatabase,
  wallClock,
} from '../../compose.ts';
import { explainConfig, renderExplanation } from '../../config/explain.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { Verification } from '../../core/evidence/verification.ts';
import type { ExitStatus } from '../../core/run.ts';
import { epochMs } from '../../core/time.ts';
import { exportBundle } from '../../ops/evidence.ts';
import { verifyBundle } from '../../ops/verify-bundle.ts';
import { VERSION } from '../../version.ts';
import { parseDurationFlag } from '../selection.ts';
import { print, printJson } from '../terminal.ts';
import { writeOut } from './report.ts';

export interface ExportOptions {
  readonly since?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export async function exportCommand(
  id: string | undefined,
  flags: Flags,
  { since, output, json }: ExportOptions,
): Promise<ExitStatus> {
  const config = await loadConfig({ flags });
  requireStore(config.dbPath);
  const evidence = openEvidence(config);
  try {
    const now = wallClock();
    const { bytes, manifest } = exportBundle({
      about: subjectOf(id, since, now),
      reader: evidence.reader,
      archive: evidence.archive,
      tools: evidenceTools,
      now,
      version: VERSION,
      configuration: renderExplanation(explainConfig(config)),
    });
    const path = output ?? `${id ?? `evidence-${new Date(now).toISOString().slice(0, 10)}`}.tar`;
    writeOut(path, bytes);
    if (json) printJson(manifest);
  } finally {
    evidence.close();
  }
  return { type: 'exited', code: EXIT.ok };
}

function subjectOf(id: string | undefined, since: string | undefined, now: number) {
  if ((id === undefined) === (since === undefined)) {
    throw new FlowForgeError('FF_USAGE', 'name an incident or a run, or a period with --since');
  }
  if (id !== undefined) return { id };
  return { since: epochMs(now - parseDurationFlag('--since', since ?? '')) };
}

export interface VerifyOptions {
  readonly db?: string | true;
  readonly key?: string;
  readonly json?: boolean;
}

export async function verifyCommand(
  bundle: string | undefined,
  flags: Flags,
  { db, key, json }: VerifyOptions,
): Promise<ExitStatus> {
  if ((bundle === undefined) === (db === undefined)) {
    throw new FlowForgeError('FF_USAGE', 'name a bundle, or a database with --db');
  }
  const trusted = key === undefined ? undefined : read(key).toString('utf8');
  const found =
    bundle === undefined
      ? verifyDatabase(typeof db === 'string' ? db : (await loadConfig({ flags })).dbPath, trusted)
      : verifyBundle(read(bundle), evidenceTools, trusted);
  if (json) printJson(found);
  else print(render(found));
  return { type: 'exited', code: found.ok ? EXIT.ok : EXIT.verificationFailed };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FlowForgeError('FF_NOT_FOUND', `cannot read ${path}`, {
      cause,
      hint: 'Check the name.',
    });
  }
}

function render({
  ok,
  eventCount,
  firstSeq,
  lastSeq,
  signedSeq,
  faults,
  notes,
}: Verification): string {
  const verdict = ok ? 'unchanged' : 'CHANGED';
  const range = `${eventCount} events (${firstSeq} to ${lastSeq}), signed up to ${signedSeq}`;
  return [`${verdict}: ${range}`, ...faults.map(({ problem }) => `  ${problem}`), ...notes].join(
    '\n',
  );
}
