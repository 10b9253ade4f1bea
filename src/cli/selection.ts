// What a person picks on the command line: how many, and which run.

import { duration, type Kind, size } from '../config/value.ts';
import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import type { EvidenceReader } from '../ports.ts';

/** A whole number from 1 to the most a listing returns. Throws FF_USAGE. */
export function parseCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.listMax) {
    throw new FlowForgeError('FF_USAGE', `${flag}: ${text} is not from 1 to ${LIMITS.listMax}`);
  }
  return count;
}

/** The id of the run with this id, or of the newest one with this name. Throws FF_NOT_FOUND. */
export function resolveRunId(reader: EvidenceReader, wanted: string): string {
  if (reader.run(wanted)) return wanted;
  const { items } = reader.runs({ limit: LIMITS.listMax });
  const found = items.find(({ runId, name }) => name === wanted || runId.startsWith(wanted));
  if (!found) throw new FlowForgeError('FF_NOT_FOUND', `no run is called ${wanted}`);
  return found.runId;
}

/** A length of time such as `30d` or `12h`, in ms. Throws FF_USAGE. */
export const parseDurationFlag = (flag: string, text: string): number =>
  parseWith(flag, duration(1, 10 * 365 * DAY_MS), text);

/** A size such as `1GB`, in bytes. Throws FF_USAGE. */
export const parseSizeFlag = (flag: string, text: string): number => parseWith(flag, size(1), text);

const DAY_MS = 86_400_000;

function parseWith<T>(flag: string, kind: Kind<T>, text: string): T {
  const parsed = kind.schema().safeParse(text);
  if (parsed.success) return parsed.data;
  throw new FlowForgeError('FF_USAGE', `${flag}: ${text} is not ${kind.expects}`);
}
