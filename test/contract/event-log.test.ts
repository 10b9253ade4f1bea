import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import { isFlowForgeError } from '../../src/core/error.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, aSample, countingIds, EVENT_TYPES, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let place: ReturnType<typeof scratch>;
let store: Store;
const path = () => place.path('state/flowforge.db');
const open = () => openStore({ path: path(), clock, ids: countingIds });
const INCIDENT = 'inc_1' as IncidentId;

beforeEach(() => {
  clock = new FakeClock();
  place = scratch();
  store = open();
});
afterEach(() => {
  store.close();
  place.remove();
});

/** What somebody with another client sees at this moment. */
function query(sql: string): Record<string, unknown>[] {
  const other = new DatabaseSync(path(), { readOnly: true });
  try {
    return other
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    other.close();
  }
}

function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return isFlowForgeError(error) ? error.code : `unexpected: ${error}`;
  }
}

describe('the event log', () => {
  it('gives back every type of event as it was recorded', () => {
    const events = EVENT_TYPES.map((type) => anEvent(type));
    expect(store.log.append(events, 'durable')).toBe('stored');
    const read = store.reader.eventsAfter(0, 100);
    expect(read.map(({ seq: _, ...event }) => event)).toEqual(events);
    expect(read.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('has a durable event in the file when append returns', () => {
    store.log.append([anEvent('action.intended')], 'durable');
    expect(query('SELECT action FROM audit_events')).toEqual([{ action: 'AUTO_STOP' }]);
  });

  it('commits grouped events together within a second, in order', () => {
    for (let i = 0; i < 5; i++) store.log.append([anEvent('decision.made')], 'grouped');
    expect(query('SELECT count(*) AS n FROM events')).toEqual([{ n: 0 }]);
    clock.advance(1_000);
    expect(query('SELECT count(*) AS n FROM events')).toEqual([{ n: 5 }]);
  });

  it('commits what is grouped before a durable event that came later', () => {
    store.log.append([anEvent('decision.made')], 'grouped');
    store.log.append([anEvent('action.intended')], 'durable');
    expect(query('SELECT type FROM events ORDER BY seq').map(({ type }) => type)).toEqual([
      'decision.made',
      'action.intended',
    ]);
  });

  it('keeps what is grouped when it is closed', () => {
    store.log.append([anEvent('decision.made')], 'grouped');
    store.close();
    expect(query('SELECT count(*) AS n FROM events')).toEqual([{ n: 1 }]);
  });

  it('refuses to change or delete an event', () => {
    store.log.append([anEvent('run.started')], 'durable');
    const other = new DatabaseSync(path());
    expect(() => other.exec("UPDATE events SET type = 'x'")).toThrow('append-only');
    expect(() => other.exec('DELETE FROM events')).toThrow('append-only');
    other.close();
  });

  it('cuts a payload that is too long, and says so', () => {
    const lastLines = Array.from({ length: 200 }, () => 'x'.repeat(4_096));
    store.log.append([anEvent('tree.frozen', { lastLines })], 'durable');
    const [event] = store.reader.eventsAfter(0, 1);
    expect(JSON.stringify(event).length).toBeLessThan(260 * 1024);
    expect(JSON.stringify(event)).toContain('more)');
  });

  it('thins quiet readings to one a minute and keeps every edge', () => {
    const run = 'run_1' as RunId;
    for (let second = 0; second < 120; second++) {
      const cpuPercent = second === 70 ? 95 : 1;
      const at = epochMs(clock.now() + second * 1000);
      store.log.appendSample(run, 1, at, aSample({ cpuPercent }));
    }
    store.flush();
    const read = store.reader
      .samples(run)
      .map(({ at, cpuPercent }) => [(at - clock.now()) / 1000, cpuPercent]);
    expect(read).toEqual([
      [0, 1],
      [60, 1],
      [69, 1],
      [70, 95],
      [71, 1],
    ]);
  });
});

describe('the file', () => {
  it('is readable by its owner only, in a directory of its own', () => {
    store.log.append([anEvent('run.started')], 'durable');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(`${path()}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(place.path('state')).mode & 0o777).toBe(0o700);
  });

  it('keeps the mode of a directory that was there before', () => {
    chmodSync(place.path('.'), 0o755);
    openStore({ path: place.path('other.db'), clock, ids: countingIds }).close();
    expect(statSync(place.path('.')).mode & 0o777).toBe(0o755);
  });

  it('is refused when a newer FlowForge wrote it', () => {
    store.close();
    const other = new DatabaseSync(path());
    other.exec('PRAGMA user_version = 999');
    other.close();
    expect(codeOf(open)).toBe('FF_STORE_NEWER');
  });

  it('is refused and left alone when it is no database', () => {
    const text = place.path('notes.txt');
    writeFileSync(text, 'dear diary');
    const openText = () => openStore({ path: text, clock, ids: countingIds });
    expect(codeOf(openText)).toBe('FF_STORE_CORRUPT');
    expect(statSync(text).size).toBe(10);
    expect(existsSync(`${text}-wal`)).toBe(false);
  });

  it('is refused when it belongs to another program', () => {
    const foreign = place.path('foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    const openForeign = () => openStore({ path: foreign, clock, ids: countingIds });
    expect(codeOf(openForeign)).toBe('FF_STORE_UNAVAILABLE');
  });

  it.each(['/proc/flowforge/flowforge.db', '/'])('cannot be at %s', (nowhere) => {
    const openThere = () => openStore({ path: nowhere, clock, ids: countingIds });
    expect(codeOf(openThere)).toBe('FF_STORE_UNAVAILABLE');
  });
});

describe('the reader', () => {
  const tell = () => {
    store.log.append(
      [
        anEvent('run.started', {}, { attempt: null }),
        anEvent('attempt.started'),
        anEvent('decision.made', {}, { incidentId: INCIDENT }),
        anEvent('incident.opened', {}, { incidentId: INCIDENT }),
        anEvent('incident.escalated', {}, { incidentId: INCIDENT }),
        anEvent('action.intended', {}, { incidentId: INCIDENT }),
        anEvent('action.completed', {}, { incidentId: INCIDENT }),
        anEvent('attempt.ended'),
        anEvent('incident.closed', {}, { incidentId: INCIDENT }),
        anEvent('run.ended', { exitReason: 'LOOP_DETECTED', exitCode: 124 }, { attempt: null }),
      ],
      'durable',
    );
  };

  it('tells a run and its incident', () => {
    tell();
    expect(store.reader.runs().items).toMatchObject([
      { runId: 'run_1', argv: ['node', 'job.js'], exitReason: 'LOOP_DETECTED', exitCode: 124 },
    ]);
    expect(store.reader.incidents().items).toMatchObject([
      {
        id: INCIDENT,
        status: 'closed',
        exitReason: 'LOOP_DETECTED',
        actions: [{ action: 'AUTO_STOP', outcome: 'done' }],
      },
    ]);
  });

  it('gives the timeline newest first, the chain of an incident oldest first, page by page', () => {
    tell();
    const all = store.reader.timeline({ limit: 4 });
    expect(all.items.map(({ seq }) => seq)).toEqual([10, 9, 8, 7]);
    const rest = store.reader.timeline({ limit: 20, cursor: all.next ?? 0 });
    expect(rest.items.map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(rest.next).toBeNull();
    const chain = store.reader.timeline({ incidentId: INCIDENT, limit: 3 });
    expect(chain.items.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    const more = store.reader.timeline({ incidentId: INCIDENT, cursor: chain.next ?? 0 });
    expect(more.items.map(({ seq }) => seq)).toEqual([6, 7, 9]);
    const audit = store.reader.timeline({ type: 'audit' });
    expect(audit.items.map(({ title }) => title)).toEqual(['AUTO_STOP done', 'AUTO_STOP']);
  });

  it('leaves out what happened before the instant that was asked for', () => {
    const at = (ms: number) => ({ at: epochMs(ms) });
    store.log.append(
      [1, 2, 3, 4].map((ms) => anEvent('run.started', {}, at(ms))),
      'durable',
    );
    const since = (ms: number) => store.reader.timeline({ since: epochMs(ms) }).items.length;
    expect([since(0), since(3), since(5)]).toEqual([4, 2, 0]);
  });

  it('finds runs that never ended, with the orders whose outcome is unknown', () => {
    tell();
    const run_2 = { runId: 'run_2' as RunId };
    store.log.append(
      [
        anEvent('run.started', {}, run_2),
        anEvent('attempt.started', { pid: 1 }, run_2),
        anEvent('incident.opened', {}, { ...run_2, incidentId: 'inc_2' as IncidentId }),
        anEvent('action.intended', {}, run_2),
      ],
      'durable',
    );
    expect(store.reader.unfinishedRuns()).toMatchObject([
      {
        story: { runId: 'run_2', attemptEnded: false },
        leaders: [{ pid: 1 }],
        openIntents: [{ payload: { action: 'AUTO_STOP' } }],
        openIncidentIds: ['inc_2'],
      },
    ]);
  });

  it('remembers the restarts of a job across its runs', () => {
    const at = { at: epochMs(5_000) };
    store.log.append(
      [anEvent('run.started', { jobKey: 'mine' }), anEvent('restart.scheduled', {}, at)],
      'durable',
    );
    expect(store.reader.restartsOf('mine', epochMs(0))).toEqual([
      { runId: 'run_1', at: 6_000, delayMs: 1_000 },
    ]);
    expect(store.reader.restartsOf('mine', epochMs(6_000))).toEqual([]);
    expect(store.reader.restartsOf('other', epochMs(0))).toEqual([]);
  });

  it('shows plain tables to the sqlite3 shell', () => {
    tell();
    store.close();
    const shell = (sql: string) =>
      execFileSync('sqlite3', [path(), sql], { encoding: 'utf8' }).trim();
    expect(shell('SELECT exit_reason, command FROM runs')).toBe('LOOP_DETECTED|["node","job.js"]');
    expect(shell('SELECT exit_reason, rule_id, confidence_score FROM incidents')).toBe(
      'LOOP_DETECTED|output-loop|97',
    );
    expect(shell('SELECT action, actor, step FROM audit_events ORDER BY seq LIMIT 1')).toBe(
      'AUTO_STOP|flowforge|action.intended',
    );
    expect(shell('SELECT decision, reason FROM decision_traces')).toBe(
      'stop|7-line cycle, 212 times',
    );
    expect(shell('SELECT started_at FROM runs')).toBe('2026-01-01T00:00:00.000Z');
  });
});
