// `flowforge timeline`: everything that happened, newest first; of one run or incident, oldest first.

import { readEvidence } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { didYouMean } from '../../config/suggest.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import type { ExitStatus } from '../../core/run.ts';
import { TIMELINE_TYPES, type TimelineItem } from '../../core/timeline.ts';
import type { EvidenceReader } from '../../ports.ts';
import { parseCount, resolveRunId } from '../selection.ts';
import { formatInstant, renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface TimelineOptions {
  readonly limit: string;
  readonly run?: string;
  readonly incident?: string;
  readonly type?: string;
  readonly json?: boolean;
}

export async function timelineCommand(flags: Flags, options: TimelineOptions): Promise<ExitStatus> {
  const evidence = readEvidence(await loadConfig({ flags }));
  try {
    const { items } = evidence.reader.timeline(filterFrom(options, evidence.reader));
    if (options.json) printJson(items);
    else print(items.length === 0 ? 'nothing recorded' : render(items));
  } finally {
    evidence.close();
  }
  return { type: 'exited', code: EXIT.ok };
}

function filterFrom({ limit, run, incident, type }: TimelineOptions, reader: EvidenceReader) {
  const known = TIMELINE_TYPES.find((candidate) => candidate === type);
  if (type !== undefined && !known) {
    const kinds = TIMELINE_TYPES.join(', ');
    throw new FlowForgeError(
      'FF_USAGE',
      `--type: ${type} is none of ${kinds}${didYouMean(type, TIMELINE_TYPES)}`,
    );
  }
  if (incident !== undefined && !reader.incident(incident)) {
    throw new FlowForgeError('FF_NOT_FOUND', `no incident is called ${incident}`);
  }
  return {
    limit: parseCount('--limit', limit),
    ...(run === undefined ? {} : { runId: resolveRunId(reader, run) }),
    ...(incident === undefined ? {} : { incidentId: incident }),
    ...(known ? { type: known } : {}),
  };
}

function render(items: readonly TimelineItem[]): string {
  const rows = items.map((item) => [
    formatInstant(item.timestamp),
    item.type,
    item.title,
    item.reason ?? item.summary,
  ]);
  return renderTable(['WHEN', 'TYPE', 'WHAT', 'WHY'], rows);
}
