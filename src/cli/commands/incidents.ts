// `flowforge incidents`: what went wrong, newest first.

import { readEvidence } from '../../compose.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { EXIT } from '../../core/error.ts';
import { presentIncident } from '../../core/evidence/present.ts';
import type { Incident } from '../../core/incident.ts';
import type { ExitStatus } from '../../core/run.ts';
import { toTimestamp } from '../../core/time.ts';
import { parseCount, resolveRunId } from '../selection.ts';
import { formatInstant, renderTable } from '../table.ts';
import { print, printJson } from '../terminal.ts';

export interface IncidentsOptions {
  readonly limit: string;
  readonly run?: string;
  readonly json?: boolean;
}

export async function incidentsCommand(
  flags: Flags,
  { limit, run, json }: IncidentsOptions,
): Promise<ExitStatus> {
  const evidence = readEvidence(await loadConfig({ flags }));
  try {
    const runId = run === undefined ? {} : { runId: resolveRunId(evidence.reader, run) };
    const { items } = evidence.reader.incidents({ limit: parseCount('--limit', limit), ...runId });
    if (json) printJson(items.map(presentIncident));
    else print(items.length === 0 ? 'no incidents' : render(items));
  } finally {
    evidence.close();
  }
  return { type: 'exited', code: EXIT.ok };
}

function render(incidents: readonly Incident[]): string {
  const rows = incidents.map((incident) => [
    formatInstant(toTimestamp(incident.openedAt)),
    incident.exitReason,
    incident.status,
    incident.id,
    incident.reason,
  ]);
  return renderTable(['WHEN', 'WHAT', 'STATE', 'INCIDENT', 'WHY'], rows);
}
