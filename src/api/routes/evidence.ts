// Reads the evidence: timeline, incidents, runs, samples, output.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { incident } from '../../contract/incident.ts';
import {
  byId,
  incidentsQuery,
  outputQuery,
  runsQuery,
  samplesQuery,
  timelineQuery,
} from '../../contract/listing.ts';
import { output, type Run, run, sample } from '../../contract/run.ts';
import { timelineItem } from '../../contract/timeline.ts';
import { presentIncident } from '../../core/evidence/present.ts';
import { toTimestamp } from '../../core/time.ts';
import type { KeptSample, LivingRuns } from '../../ports.ts';
import { presentReading, presentRun, presentUnrecorded } from '../live-runs.ts';
import { Memo } from '../memo.ts';
import { ApiProblem } from '../problem.ts';
import { type Api, instant, json, linkNext, PROBLEMS, type Prefix } from '../route.ts';
import type { ApiWorld } from '../world.ts';

export function addTimeline(api: Api, { reader }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/timeline`,
    summary: 'What happened: newest first, or the chain of an incident or run, oldest first',
    request: { query: timelineQuery },
    responses: { 200: json(z.array(timelineItem), 'the items'), ...PROBLEMS },
  });
  const memo = new Memo<{ readonly text: string; readonly next: number | null }>();
  api.openapi(route, (c) => {
    const query = c.req.valid('query');
    // What was removed since is no longer told.
    const first = reader.eventsAfter(0, 1)[0]?.seq ?? 0;
    const { text, next } = memo.at(reader.lastSeq(), JSON.stringify([first, query]), () => {
      const { incident_id, run_id, type, since, limit, cursor } = query;
      const filter = { incidentId: incident_id, runId: run_id, type, since: instant(since) };
      const page = reader.timeline({ ...filter, limit, cursor });
      return { text: JSON.stringify(page.items), next: page.next };
    });
    linkNext(c, next);
    return c.body(text, 200, { 'Content-Type': 'application/json' }) as never;
  });
}

export function addIncidents(api: Api, { reader }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/incidents`,
    summary: 'Incidents, newest first',
    request: { query: incidentsQuery },
    responses: { 200: json(z.array(incident), 'the incidents'), ...PROBLEMS },
  });
  api.openapi(route, (c) => {
    const { run_id, since, limit, cursor } = c.req.valid('query');
    const page = reader.incidents({ runId: run_id, since: instant(since), limit, cursor });
    linkNext(c, page.next);
    return c.json(page.items.map(tellIncident), 200);
  });
}

/** An incident with its parts as the contract has them. */
export const tellIncident = (it: Parameters<typeof presentIncident>[0]) => {
  const told = presentIncident(it);
  const actions = told.actions.map((action) => ({ ...action, survivors: [...action.survivors] }));
  return { ...told, actions };
};

export function addIncident(api: Api, { reader }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/incidents/{id}`,
    summary: 'One incident',
    request: { params: byId },
    responses: { 200: json(incident, 'the incident'), ...PROBLEMS },
  });
  api.openapi(route, (c) => {
    const found = reader.incident(c.req.valid('param').id);
    if (!found) throw new ApiProblem('FF_NOT_FOUND', 'there is no such incident');
    return c.json(tellIncident(found), 200);
  });
}

export function addRuns(api: Api, world: ApiWorld, prefix: Prefix): void {
  const { reader, runs, settings } = world;
  const route = createRoute({
    method: 'get',
    path: `${prefix}/runs`,
    summary: 'Runs, newest first, with how they are at this moment',
    request: { query: runsQuery },
    responses: { 200: json(z.array(run), 'the runs'), ...PROBLEMS },
  });
  api.openapi(route, async (c) => {
    const { state, since, limit, cursor } = c.req.valid('query');
    const living = await runs.list();
    if (state === 'active') {
      const from = instant(since) ?? Number.NEGATIVE_INFINITY;
      const all = livingRuns(living, world).filter((it) => Date.parse(it.started_at) >= from);
      return c.json(all.slice(0, limit), 200);
    }
    const page = reader.runs({ since: instant(since), limit, cursor });
    const told = page.items.map((story) => presentRun(story, living, settings.hostId));
    linkNext(c, page.next);
    const isFirst = cursor === undefined && since === undefined;
    return c.json([...(isFirst ? unrecorded(living, world) : []), ...told], 200);
  });
}

/** Runs that the database could not take note of are shown all the same. */
const unrecorded = ({ answering }: LivingRuns, { reader }: ApiWorld) =>
  answering.filter(({ runId }) => reader.run(runId) === null).map(presentUnrecorded);

/** Every run that lives, newest first. */
function livingRuns(living: LivingRuns, world: ApiWorld): Run[] {
  const ids = new Set([...living.answering.map(({ runId }) => runId), ...living.silent]);
  const told = [...ids]
    .map((runId) => world.reader.run(runId))
    .filter((story) => story !== null)
    .map((story) => presentRun(story, living, world.settings.hostId));
  return [...unrecorded(living, world), ...told]
    .filter((it) => it.state === 'active')
    .toSorted((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
}

export function addRun(api: Api, { reader, runs, settings }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/runs/{id}`,
    summary: 'One run, with how it is at this moment',
    request: { params: byId },
    responses: { 200: json(run, 'the run'), ...PROBLEMS },
  });
  api.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const living = await runs.list();
    const story = reader.run(id);
    if (story) return c.json(presentRun(story, living, settings.hostId), 200);
    const live = living.answering.find(({ runId }) => runId === id);
    if (live) return c.json(presentUnrecorded(live), 200);
    throw new ApiProblem('FF_NOT_FOUND', 'there is no such run');
  });
}

export function addSamples(api: Api, { reader }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/runs/{id}/samples`,
    summary: 'Readings of a run, oldest first; the newest `limit` of them',
    request: { params: byId, query: samplesQuery },
    responses: { 200: json(z.array(sample), 'the readings'), ...PROBLEMS },
  });
  api.openapi(route, (c) => {
    const { id } = c.req.valid('param');
    if (!reader.run(id)) throw new ApiProblem('FF_NOT_FOUND', 'there is no such run');
    const { since, until, limit } = c.req.valid('query');
    const range = {
      ...(since === undefined ? {} : { since: instant(since) ?? (0 as never) }),
      ...(until === undefined ? {} : { until: instant(until) ?? (0 as never) }),
      ...(limit === undefined ? {} : { limit }),
    };
    return c.json(reader.samples(id, range).map(presentSample), 200);
  });
}

const presentSample = (it: KeptSample) => ({
  at: toTimestamp(it.at),
  attempt: it.attempt,
  period_seconds: it.periodSeconds,
  ...presentReading(it),
});

export function addOutput(api: Api, { reader }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/runs/{id}/output`,
    summary: 'The last lines of a run as its evidence has them, secrets taken out',
    request: { params: byId, query: outputQuery },
    responses: { 200: json(output, 'the lines'), ...PROBLEMS },
  });
  api.openapi(route, (c) => {
    const { id } = c.req.valid('param');
    const { attempt } = c.req.valid('query');
    if (!reader.run(id)) throw new ApiProblem('FF_NOT_FOUND', 'there is no such run');
    const frozen = reader.frozenTrees(id, attempt).map((it) => ({
      at: toTimestamp(it.at),
      attempt: it.attempt,
      incident_id: it.incidentId,
      last_lines: [...it.payload.lastLines],
    }));
    return c.json({ run_id: id, frozen }, 200);
  });
}
