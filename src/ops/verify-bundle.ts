// Checks a bundle of evidence offline: its signature, its files, its chain; names the first bad row.

import { FlowForgeError } from '../core/error.ts';
import { BUNDLE_FILES, BUNDLE_FORMAT, type Manifest } from '../core/evidence/bundle.ts';
import { parseCheckpoint } from '../core/evidence/checkpoint.ts';
import {
  ChainCheck,
  checkpointFault,
  inOrder,
  type Verification,
} from '../core/evidence/verification.ts';
import type { EvidenceTools } from '../ports.ts';

/**
 * Checks a bundle.
 *
 * @param trustedKeyPem the key to trust; without it the bundle's own is used, and a note says that it proves nothing
 * @throws FlowForgeError FF_EVIDENCE_INVALID for a file that is no bundle at all
 */
export function verifyBundle(
  bytes: Uint8Array,
  tools: EvidenceTools,
  trustedKeyPem?: string,
): Verification & { readonly manifest: Manifest } {
  const files = tools.unpack(bytes);
  const text = fileOf(files, BUNDLE_FILES.manifest);
  const manifest = parseManifest(text);
  const ownKey = fileOf(files, BUNDLE_FILES.publicKey);
  const key = trustedKeyPem ?? ownKey;
  const check = followChain(fileOf(files, BUNDLE_FILES.chain), manifest, tools);
  checkFiles(files, manifest, tools, check);
  if (!tools.isSignedBy(text, fileOf(files, BUNDLE_FILES.signature).trim(), key)) {
    check.fault(null, 'the manifest was not signed by this key');
  }
  const signed = tools.verifiedText(fileOf(files, BUNDLE_FILES.checkpoint), key);
  const { logId, checkpointSeq } = manifest;
  const fault = checkpointFault(signed, { logId, seq: checkpointSeq, link: check.link });
  if (fault) check.fault(fault.seq, fault.problem);
  if (check.seq !== checkpointSeq) check.fault(check.seq + 1, `event ${check.seq + 1} is missing`);
  return {
    ok: check.faults.length === 0,
    manifest,
    logId,
    firstSeq: manifest.firstSeq,
    lastSeq: manifest.lastSeq,
    eventCount: manifest.eventCount,
    checkpointCount: 1,
    signedSeq: signed === null ? 0 : (parseCheckpoint(signed)?.seq ?? 0),
    faults: inOrder(check.faults),
    notes: trustedKeyPem === undefined ? [UNPROVEN] : [],
  };
}

const UNPROVEN =
  'checked with the key in the bundle itself: compare it with the one you know, or give it with --key';

/** Sequence, link, and a JSON array or its digest. */
const CHAIN_LINE = /^(\d+)\t([0-9a-f]{64})\t(\[.*\]|[0-9a-f]{64})$/;

function followChain(text: string, manifest: Manifest, tools: EvidenceTools): ChainCheck {
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const [seq, before = ''] = first.split('\t');
  const check = new ChainCheck(tools.sha256, { seq: Number(seq), link: before });
  if (Number(seq) !== manifest.firstSeq - 1)
    check.fault(manifest.firstSeq, 'the chain begins elsewhere');
  const inFull = lines.filter((line) => followLine(line, check, tools)).length;
  if (inFull !== manifest.eventCount) {
    check.fault(null, `the manifest counts ${manifest.eventCount} events, ${inFull} are there`);
  }
  return check;
}

/** Follows a line of the chain. Says whether it tells its event in full. */
function followLine(line: string, check: ChainCheck, tools: EvidenceTools): boolean {
  const [, at = '', link = '', content = ''] = CHAIN_LINE.exec(line) ?? [];
  if (content === '') {
    check.fault(check.seq + 1, `event ${check.seq + 1} cannot be read`);
    return false;
  }
  const isInFull = content.startsWith('[');
  if (isInFull && /^\[(\d+),/.exec(content)?.[1] !== at) {
    check.fault(Number(at), `event ${at} says that it is another`);
  }
  check.next(Number(at), isInFull ? tools.sha256(content) : content, link);
  return isInFull;
}

function checkFiles(
  files: ReadonlyMap<string, string>,
  manifest: Manifest,
  tools: EvidenceTools,
  check: ChainCheck,
): void {
  const listed = new Map(manifest.files.map((file) => [file.name, file.sha256]));
  for (const [name, sha256] of listed) {
    const content = files.get(name);
    if (content === undefined) check.fault(null, `${name} is missing`);
    else if (tools.sha256(content) !== sha256) check.fault(null, `${name} was changed`);
  }
  const unlisted: readonly string[] = [BUNDLE_FILES.manifest, BUNDLE_FILES.signature];
  for (const name of files.keys()) {
    if (!listed.has(name) && !unlisted.includes(name))
      check.fault(null, `${name} does not belong here`);
  }
}

function fileOf(files: ReadonlyMap<string, string>, name: string): string {
  const content = files.get(name);
  if (content !== undefined) return content;
  throw new FlowForgeError('FF_EVIDENCE_INVALID', `the bundle has no ${name}`);
}

function parseManifest(text: string): Manifest {
  try {
    const manifest: unknown = JSON.parse(text);
    if (isManifest(manifest)) return manifest;
  } catch {
    // Told below, with everything else that is no manifest.
  }
  throw new FlowForgeError('FF_EVIDENCE_INVALID', 'the bundle has no readable manifest');
}

const isManifest = (value: unknown): value is Manifest =>
  typeof value === 'object' &&
  value !== null &&
  'format' in value &&
  value.format === BUNDLE_FORMAT &&
  'files' in value &&
  Array.isArray(value.files);
