// Answers what is asked of the evidence. Every query runs on an index and returns a bounded page.

import { FlowForgeError, isFlowForgeError } from '../../core/error.ts';
import type { FlowForgeEvent } from '../../core/event.ts';
import type {
  FormerRestart,
  FrozenTree,
  IncidentFilter,
  Page,
  PageRequest,
  RunFilter,
  TimelineFilter,
  UnfinishedRun,
} from '../../core/evidence/readings.ts';
import type { RunId } from '../../core/id.ts';
import { foldIncident, type Incident } from '../../core/incident.ts';
import { LIMITS } from '../../core/limits.ts';
import { type RunStory, STORY_EVENTS, tellRun } from '../../core/run-story.ts';
import { type EpochMs, epochMs } from '../../core/time.ts';
import { type TimelineItem, toTimelineItem } from '../../core/timeline.ts';
import type { EventCount, EvidenceReader, KeptSample } from '../../ports.ts';
import { lastSeqOf } from './database.ts';
import { decodeEvent, type Seal } from './event-codec.ts';
import { ofType } from './of-type.ts';
import { readSamples } from './sample-table.ts';
import type { Bound, DatabaseSync } from './sqlite.ts';
import { tallyEvents } from './tally.ts';
import { findUnfinished } from './unfinished.ts';

export class SqliteReader implements EvidenceReader {
  readonly #handle: () => DatabaseSync | null;
  readonly #seal: Seal | null;

  constructor(handle: () => DatabaseSync | null, seal: Seal | null) {
    this.#handle = handle;
    this.#seal = seal;
  }

  runs(filter: RunFilter = {}): Page<RunStory> {
    const { since, jobKey } = filter;
    const terms: Term[] = [{ sql: ofType('run.started'), values: [] }];
    if (since !== undefined) terms.push({ sql: 'at_ms >= ?', values: [since] });
    if (jobKey !== undefined) terms.push(this.#ofJob(jobKey));
    return this.#page(filter, terms, ({ runId }) => (runId ? this.run(runId) : null));
  }

  run(runId: string): RunStory | null {
    const types = STORY_EVENTS.map((type) => `'${type}'`).join();
    const rest = `AND type IN (${types}) ORDER BY seq`;
    return tellRun(this.#events({ sql: `run_id = ? ${rest}`, values: [runId] }));
  }

  incidents(filter: IncidentFilter = {}): Page<Incident> {
    const { since, runId } = filter;
    const terms: Term[] = [{ sql: ofType('incident.opened'), values: [] }];
    if (since !== undefined) terms.push({ sql: 'at_ms >= ?', values: [since] });
    if (runId !== undefined) terms.push({ sql: 'run_id = ?', values: [runId] });
    const toIncident = ({ incidentId }: FlowForgeEvent) =>
      incidentId ? this.incident(incidentId) : null;
    return this.#page(filter, terms, toIncident);
  }

  incident(incidentId: string): Incident | null {
    // Decisions are many and change nothing of the story but their number.
    const sql = "incident_id = ? AND kind <> 'decision' ORDER BY seq";
    const incident = foldIncident(this.#events({ sql, values: [incidentId] }));
    return incident && { ...incident, decisionCount: this.#decisionCount(incidentId) };
  }

  incidentEvents(incidentId: string): readonly FlowForgeEvent[] {
    return this.#events({ sql: 'incident_id = ? ORDER BY seq', values: [incidentId] });
  }

  frozenTrees(runId: string, attempt?: number): readonly FrozenTree[] {
    const terms: Term[] = [{ sql: "run_id = ? AND type = 'tree.frozen'", values: [runId] }];
    if (attempt !== undefined) terms.push({ sql: 'attempt = ?', values: [attempt] });
    const toFrozen = (event: FlowForgeEvent) => (event.type === 'tree.frozen' ? event : null);
    return this.#page({ limit: LIMITS.listMax }, terms, toFrozen).items.toReversed();
  }

  runEvents(runId: string): readonly FlowForgeEvent[] {
    return this.#events({ sql: 'run_id = ? ORDER BY seq', values: [runId] });
  }

  timeline(filter: TimelineFilter = {}): Page<TimelineItem> {
    const { incidentId, runId, type, since } = filter;
    const terms: Term[] = [];
    if (incidentId !== undefined) terms.push({ sql: 'incident_id = ?', values: [incidentId] });
    if (runId !== undefined) terms.push({ sql: 'run_id = ?', values: [runId] });
    if (type !== undefined) terms.push({ sql: 'kind = ?', values: [type] });
    if (since !== undefined) terms.push(SINCE(since));
    const isChain = incidentId !== undefined || runId !== undefined;
    return this.#page(filter, terms, toTimelineItem, isChain ? 'oldest first' : 'newest first');
  }

  eventsAfter(seq: number, limit: number): readonly FlowForgeEvent[] {
    const most = Math.min(limit, LIMITS.storyEventsMax);
    return this.#events({ sql: 'seq > ? ORDER BY seq', values: [seq] }, most);
  }

  lastSeq(): number {
    return this.#ask(lastSeqOf);
  }

  samples(
    runId: string,
    range: { readonly since?: EpochMs; readonly until?: EpochMs; readonly limit?: number } = {},
  ): readonly KeptSample[] {
    const { since = 0, until = Number.MAX_SAFE_INTEGER, limit = LIMITS.samplesListMax } = range;
    const most = Math.min(limit, LIMITS.samplesListMax);
    return this.#ask((handle) => readSamples(handle, runId, { since, until, limit: most }));
  }

  unfinishedRuns(): readonly UnfinishedRun[] {
    return this.#ask((handle) => findUnfinished(handle, (runId) => this.runEvents(runId)));
  }

  tally(afterSeq: number): { readonly upto: number; readonly counts: readonly EventCount[] } {
    return this.#ask((handle) => tallyEvents(handle, afterSeq));
  }

  restartsOf(jobKey: string, since: EpochMs): readonly FormerRestart[] {
    const job = this.#ofJob(jobKey);
    const sql = `${ofType('restart.scheduled')} AND at_ms >= ? AND run_id IN
      (SELECT run_id FROM events WHERE type = 'run.started' AND ${job.sql}) ORDER BY seq`;
    return this.#events({ sql, values: [since, ...job.values] }).flatMap((event) => {
      if (event.type !== 'restart.scheduled' || event.runId === null) return [];
      const { delayMs } = event.payload;
      return [{ runId: event.runId as RunId, at: epochMs(event.at + delayMs), delayMs }];
    });
  }

  #decisionCount(incidentId: string): number {
    return this.#ask((handle) => {
      const sql = `SELECT count(*) AS n FROM events WHERE incident_id = ? AND kind = 'decision'`;
      return Number(handle.prepare(sql).get(incidentId)?.['n']);
    });
  }

  #ofJob(jobKey: string): Term {
    const names = [jobKey, ...(this.#seal ? [this.#seal.pseudonym(jobKey)] : [])];
    return { sql: `job_key IN (${names.map(() => '?').join()})`, values: names };
  }

  #page<T>(
    { limit = LIMITS.listDefault, cursor }: PageRequest,
    terms: readonly Term[],
    toItem: (event: FlowForgeEvent) => T | null,
    order: 'newest first' | 'oldest first' = 'newest first',
  ): Page<T> {
    const most = Math.max(1, Math.min(limit, LIMITS.listMax));
    const isNewest = order === 'newest first';
    const from: Term[] =
      cursor === undefined ? [] : [{ sql: `seq ${isNewest ? '<' : '>'} ?`, values: [cursor] }];
    const all = [...terms, ...from];
    const where = all.map(({ sql }) => sql).join(' AND ') || 'true';
    const sql = `${where} ORDER BY seq ${isNewest ? 'DESC' : 'ASC'}`;
    const { events: shown, hasMore } = this.#some(
      { sql, values: all.flatMap(({ values }) => values) },
      most,
    );
    const items = shown.map(toItem).filter((item) => item !== null);
    return { items, next: hasMore ? (shown.at(-1)?.seq ?? null) : null };
  }

  /** The first of them, at most so many and not much more than LIMITS.listBytesMax of payload. */
  #some(
    { sql, values }: Term,
    most: number,
  ): { readonly events: readonly FlowForgeEvent[]; readonly hasMore: boolean } {
    return this.#ask((handle) => {
      const statement = handle.prepare(`SELECT * FROM events WHERE ${sql} LIMIT ${most + 1}`);
      const events: FlowForgeEvent[] = [];
      let bytes = 0;
      for (const row of statement.iterate(...values)) {
        if (events.length === most || bytes > LIMITS.listBytesMax) return { events, hasMore: true };
        events.push(decodeEvent(row, this.#seal));
        bytes += lengthOf(row['payload']) + lengthOf(row['sealed']);
      }
      return { events, hasMore: false };
    });
  }

  #events({ sql, values }: Term, limit: number = LIMITS.storyEventsMax): FlowForgeEvent[] {
    return this.#ask((handle) => {
      const statement = handle.prepare(`SELECT * FROM events WHERE ${sql} LIMIT ${limit}`);
      return statement.all(...values).map((row) => decodeEvent(row, this.#seal));
    });
  }

  #ask<T>(question: (handle: DatabaseSync) => T): T {
    const handle = this.#handle();
    if (!handle) {
      const message = 'the database cannot be read at the moment';
      throw new FlowForgeError('FF_STORE_UNAVAILABLE', message);
    }
    try {
      return question(handle);
    } catch (cause) {
      if (isFlowForgeError(cause)) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new FlowForgeError('FF_STORE_CORRUPT', `cannot read: ${message}`, { cause });
    }
  }
}

const lengthOf = (content: unknown): number =>
  typeof content === 'string' || content instanceof Uint8Array ? content.length : 0;

interface Term {
  readonly sql: string;
  readonly values: readonly Bound[];
}

/** Wall time and order agree but for clock jumps; the index finds where the time begins, the filter is exact. */
const SINCE = (since: EpochMs): Term => ({
  sql: 'seq >= coalesce((SELECT min(seq) FROM (SELECT seq FROM events WHERE at_ms >= ? ORDER BY at_ms LIMIT 1)), 9e18) AND at_ms >= ?',
  values: [since, since],
});
