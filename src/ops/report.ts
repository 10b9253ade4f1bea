// The post-mortem of an incident: what happened, why FlowForge acted or did not, what is left behind.
// One page in Markdown, HTML or JSON; what it tells was redacted before it was recorded.

import { FlowForgeError } from '../core/error.ts';
import type { EpochMs } from '../core/time.ts';
import { toTimelineItem } from '../core/timeline.ts';
import type { EvidenceReader } from '../ports.ts';
import type { ReportFacts } from './report-facts.ts';
import { toHtml } from './report-html.ts';
import { toMarkdown } from './report-markdown.ts';

export interface Report {
  readonly markdown: string;
  readonly html: string;
  readonly json: string;
}

/** Time around an incident that the charts show. */
const AROUND_MS = 10 * 60_000;

/**
 * The report on an incident.
 *
 * @throws FlowForgeError FF_NOT_FOUND
 */
export function buildReport(reader: EvidenceReader, incidentId: string, now: EpochMs): Report {
  const facts = gather(reader, incidentId, now);
  return {
    markdown: toMarkdown(facts),
    html: toHtml(facts),
    json: `${JSON.stringify(facts, null, 2)}\n`,
  };
}

function gather(reader: EvidenceReader, incidentId: string, now: EpochMs): ReportFacts {
  const incident = reader.incident(incidentId);
  if (!incident) throw new FlowForgeError('FF_NOT_FOUND', `there is no incident ${incidentId}`);
  const events = reader.incidentEvents(incidentId);
  const run = incident.runId === null ? null : reader.run(incident.runId);
  const since = (incident.openedAt - AROUND_MS) as EpochMs;
  const until = ((incident.closedAt ?? now) + AROUND_MS) as EpochMs;
  const samples = incident.runId === null ? [] : reader.samples(incident.runId, { since, until });
  const decisions = events.filter((event) => event.type === 'decision.made');
  const timeline = events.map(toTimelineItem);
  return { generatedAt: now, incident, run, timeline, decisions, samples };
}
