// Makes bundles of evidence and checks them. A bundle is one file that can be checked without FlowForge's database.

import { FlowForgeError } from '../core/error.ts';
import type { FlowForgeEvent } from '../core/event.ts';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  BUNDLE_README,
  type BundleSubject,
  chainLine,
  firstChainLine,
  isAbout,
  type Manifest,
  type SeqRange,
} from '../core/evidence/bundle.ts';
import { LIMITS } from '../core/limits.ts';
import { type EpochMs, toTimestamp } from '../core/time.ts';
import type { EvidenceArchive, EvidenceReader, EvidenceTools } from '../ports.ts';
import { buildReport } from './report.ts';

export interface ExportRequest {
  /** `inc_…`, `run_…`, or everything since an instant. */
  readonly about: { readonly id: string } | { readonly since: EpochMs };
  readonly reader: EvidenceReader;
  readonly archive: EvidenceArchive;
  readonly tools: EvidenceTools;
  readonly now: EpochMs;
  /** Of FlowForge. */
  readonly version: string;
  /** The effective configuration, redacted, where it is known. */
  readonly configuration?: string;
}

export interface Bundle {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/**
 * The bundle about a run, an incident or a period.
 *
 * @throws FlowForgeError FF_NOT_FOUND, FF_STORE_UNAVAILABLE, FF_USAGE when it would span too many events
 */
export function exportBundle(request: ExportRequest): Bundle {
  const { reader, archive, tools } = request;
  const subject = subjectOf(request);
  const range = archive.span(subject);
  if (!range) throw new FlowForgeError('FF_NOT_FOUND', 'there are no events of that');
  const checkpoint = archive.checkpointFor(range.last);
  const span = { first: range.first, last: checkpoint.seq };
  if (span.last - span.first >= LIMITS.bundleEventsMax) {
    const message = `a bundle spans at most ${LIMITS.bundleEventsMax} events, this would span ${span.last - span.first + 1}`;
    throw new FlowForgeError('FF_USAGE', message, {
      hint: 'Name an incident or a shorter period.',
    });
  }
  const { chain, ...counts } = chainOf(request, subject, span);
  const { files: readable, ...readableCounts } = readableFiles(reader, subject, request);
  const files = new Map([
    ...readable,
    ['readme.txt', BUNDLE_README],
    [BUNDLE_FILES.chain, chain],
    [BUNDLE_FILES.checkpoint, checkpoint.note],
    [BUNDLE_FILES.publicKey, archive.publicKeyPem],
  ]);
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    logId: archive.logId,
    createdAt: toTimestamp(request.now),
    version: request.version,
    subject,
    firstSeq: span.first,
    lastSeq: range.last,
    checkpointSeq: checkpoint.seq,
    ...counts,
    ...readableCounts,
    files: listOf(files, tools),
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  files.set(BUNDLE_FILES.manifest, text);
  files.set(BUNDLE_FILES.signature, `${archive.sign(text)}\n`);
  return { bytes: tools.pack(files), manifest };
}

function subjectOf({ about, reader }: ExportRequest): BundleSubject {
  if ('since' in about) return { type: 'period', since: about.since };
  if (reader.run(about.id)) return { type: 'run', runId: about.id };
  const incident = reader.incident(about.id);
  if (incident) return { type: 'incident', incidentId: about.id, runId: incident.runId };
  throw new FlowForgeError('FF_NOT_FOUND', `there is no run and no incident ${about.id}`);
}

function chainOf({ archive, tools }: ExportRequest, subject: BundleSubject, span: SeqRange) {
  const { before, rows } = archive.rows(span);
  const lines = [firstChainLine(span.first, before)];
  let eventCount = 0;
  let sealedCount = 0;
  for (const row of rows) {
    const inFull = isAbout(subject, row);
    if (inFull) eventCount++;
    if (inFull && row.sealedHex !== null) sealedCount++;
    lines.push(chainLine(row, inFull, tools.sha256));
  }
  const digestCount = lines.length - 1 - eventCount;
  return { chain: `${lines.join('\n')}\n`, eventCount, digestCount, sealedCount };
}

/** The files that are for reading: what happened, the readings, the report. */
function readableFiles(
  reader: EvidenceReader,
  subject: BundleSubject,
  { now, configuration }: ExportRequest,
): { files: [string, string][]; sampleCount: number; readableCount: number } {
  const files: [string, string][] = [];
  if (configuration !== undefined) files.push(['configuration.txt', configuration]);
  if (subject.type === 'period') return { files, sampleCount: 0, readableCount: 0 };
  const { runId } = subject;
  const events = runId === null ? [] : reader.runEvents(runId);
  files.push(['events.jsonl', jsonLines(events)]);
  const samples = runId === null ? [] : reader.samples(runId);
  files.push(['samples.jsonl', jsonLines(samples)]);
  const id =
    subject.type === 'incident' ? subject.incidentId : firstIncidentOf(reader, subject.runId);
  const counts = { sampleCount: samples.length, readableCount: events.length };
  if (id === null) return { files, ...counts };
  const report = buildReport(reader, id, now);
  files.push(
    ['incident.json', report.json],
    ['report.md', report.markdown],
    ['report.html', report.html],
  );
  return { files, ...counts };
}

const firstIncidentOf = (reader: EvidenceReader, runId: string): string | null =>
  reader.incidents({ runId, limit: 1 }).items[0]?.id ?? null;

const jsonLines = (items: readonly (FlowForgeEvent | object)[]): string =>
  items.map((item) => `${JSON.stringify(item)}\n`).join('');

const listOf = (files: ReadonlyMap<string, string>, tools: EvidenceTools): Manifest['files'] =>
  [...files]
    .map(([name, content]) => ({ name, bytes: utf8Length(content), sha256: tools.sha256(content) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const utf8Length = (text: string): number => Buffer.byteLength(text);
