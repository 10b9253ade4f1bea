// What a person picks on the command line: how many, and which run.

import { duration, type Kind, size } from '../config/value.ts';
import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import type { EvidenceReader } from '../ports.ts';

/** So many are named where a beginning fits several runs. */
const CANDIDATES_MAX = 5;

/** A whole number from 1 to the most a listing returns. Throws FF_USAGE. */
export function parseCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.listMax) {
    throw new FlowForgeError('FF_USAGE', `${flag}: ${text} is not from 1 to ${LIMITS.listMax}`);
  }
  return count;
}

/** The id of the run with this id or beginning of one, or of the newest with this name. Throws FF_NOT_FOUND, FF_CONFLICT. */
export function resolveRunId(reader: EvidenceReader, wanted: string): string {
  if (reader.run(wanted)) return wanted;
  const { items } = reader.runs({ limit: LIMITS.listMax });
  const named = items.find(({ name }) => name === wanted);
  if (named) return named.runId;
  const ids = items.map(({ runId }) => runId).filter((runId) => runId.startsWith(wanted));
  const [only] = ids;
  if (only === undefined) throw new FlowForgeError('FF_NOT_FOUND', `no run is called ${wanted}`);
  if (ids.length === 1) return only;
  const more = ids.length > CANDIDATES_MAX ? ', …' : '';
  throw new FlowForgeError('FF_CONFLICT', `${ids.length} runs begin with ${wanted}`, {
    hint: `Say which: ${ids.slice(0, CANDIDATES_MAX).join(', ')}${more}`,
  });
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
