// What the pages ask the API for. One key per question; the live feed says which answers have gone stale.

import {
  type QueryClient,
  type QueryKey,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import type { Readiness } from '../../../src/contract/health.ts';
import type { Incident } from '../../../src/contract/incident.ts';
import type { Policy } from '../../../src/contract/policy.ts';
import type { Output, Run, Sample } from '../../../src/contract/run.ts';
import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { type ChainRead, readOn } from './chain-read.ts';
import { getEither, getJson, getPart } from './client.ts';

const PAGE = 50;
const CHAIN_AGAIN_MS = 1_000;
const SAMPLES_MAX = 10_000;
const SAMPLES_AGAIN_MS = 5 * 60_000;

/** All runs that live, however many have begun and ended since. */
export const useActiveRuns = () =>
  useQuery(
    queryOptions({
      queryKey: ['runs', 'active'],
      queryFn: ({ signal }) => getJson<Run[]>('/v1/runs?state=active', signal),
    }),
  );

export const useRunPages = () =>
  useInfiniteQuery({
    queryKey: ['runs', 'pages'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      getPart<Run>(`/v1/runs?${listing({ cursor: pageParam })}`, signal),
    getNextPageParam: ({ next }) => next,
  });

export const useRun = (runId: string) =>
  useQuery(
    queryOptions({
      queryKey: ['run', runId],
      queryFn: ({ signal }) => getJson<Run>(`/v1/runs/${encodeURIComponent(runId)}`, signal),
    }),
  );

/**
 * Readings of a run, oldest first: the newest SAMPLES_MAX. Of a run that lives they are read again before the live feed
 * forgets what came since.
 */
export const useSamples = (runId: string, isActive: boolean) =>
  useQuery(
    queryOptions({
      queryKey: ['samples', runId],
      queryFn: ({ signal }) =>
        getJson<Sample[]>(
          `/v1/runs/${encodeURIComponent(runId)}/samples?limit=${SAMPLES_MAX}`,
          signal,
        ),
      refetchInterval: isActive ? SAMPLES_AGAIN_MS : false,
    }),
  );

/** The readings of the last minute or so, oldest first; what follows comes by the live feed. */
export const useLatestSamples = (runId: string) =>
  useQuery(
    queryOptions({
      queryKey: ['latest-samples', runId],
      queryFn: ({ signal }) =>
        getJson<Sample[]>(`/v1/runs/${encodeURIComponent(runId)}/samples?limit=62`, signal),
      staleTime: 0,
    }),
  );

export const useOutput = (runId: string) =>
  useQuery(
    queryOptions({
      queryKey: ['output', runId],
      queryFn: ({ signal }) =>
        getJson<Output>(`/v1/runs/${encodeURIComponent(runId)}/output`, signal),
    }),
  );

export const useIncidentPages = () =>
  useInfiniteQuery({
    queryKey: ['incidents'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      getPart<Incident>(`/v1/incidents?${listing({ cursor: pageParam })}`, signal),
    getNextPageParam: ({ next }) => next,
  });

export const useIncident = (incidentId: string) =>
  useQuery(
    queryOptions({
      queryKey: ['incident', incidentId],
      queryFn: ({ signal }) =>
        getJson<Incident>(`/v1/incidents/${encodeURIComponent(incidentId)}`, signal),
    }),
  );

/** What happened to a run or in an incident, oldest first. */
export const useChain = (of: { readonly incident_id: string } | { readonly run_id: string }) => {
  const queryKey = ['chain', ...Object.entries(of).flat()];
  return useQuery(
    queryOptions({
      queryKey,
      queryFn: ({ signal, client }) =>
        readOn(client.getQueryData<ChainRead>(queryKey), (cursor) =>
          getPart(`/v1/timeline?${listing({ ...of, limit: '500', cursor })}`, signal),
        ),
      refetchInterval: ({ state }) => (state.data?.isAtEnd === false ? CHAIN_AGAIN_MS : false),
    }),
  );
};

export interface TimelineFilter {
  readonly type: string;
  readonly since: string;
}

export const useTimelinePages = ({ type, since }: TimelineFilter) =>
  useInfiniteQuery({
    queryKey: ['timeline', type, since],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      getPart<TimelineItem>(
        `/v1/timeline?${listing({ type, since, limit: '200', cursor: pageParam })}`,
        signal,
      ),
    getNextPageParam: ({ next }) => next,
  });

export const useReadiness = () =>
  useQuery(
    queryOptions({
      queryKey: ['readiness'],
      queryFn: ({ signal }) => getEither<Readiness>('/v1/readyz', signal),
      refetchInterval: 15_000,
    }),
  );

export const usePolicy = () =>
  useQuery(
    queryOptions({
      queryKey: ['policy'],
      queryFn: ({ signal }) => getJson<Policy>('/v1/policy', signal),
    }),
  );

/** Marks as stale what events change. */
export function forget(client: QueryClient, items: readonly TimelineItem[]): void {
  const keys = new Map(items.flatMap(changedBy).map((key) => [key.join(' '), key]));
  for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
}

/**
 * Reads again what is known of runs that came, fell silent or are gone.
 * @throws what went wrong with reading their readings
 */
export async function forgetRuns(client: QueryClient, runIds: readonly string[]): Promise<void> {
  void client.invalidateQueries({ queryKey: ['runs'] });
  for (const runId of runIds) void client.invalidateQueries({ queryKey: ['run', runId] });
  const readings = runIds.flatMap((runId) => [
    ['samples', runId],
    ['latest-samples', runId],
  ]);
  await Promise.all(
    readings.map((queryKey) => client.invalidateQueries({ queryKey }, { throwOnError: true })),
  );
}

function changedBy({ type, run_id, incident_id }: TimelineItem): QueryKey[] {
  const keys: QueryKey[] = [['timeline']];
  if (run_id) keys.push(['chain', 'run_id', run_id]);
  if (incident_id) keys.push(['chain', 'incident_id', incident_id]);
  if (type === 'decision') return keys;
  keys.push(['runs']);
  if (run_id) keys.push(['run', run_id], ['output', run_id]);
  if (incident_id) keys.push(['incidents'], ['incident', incident_id]);
  return keys;
}

function listing(values: Readonly<Record<string, string | null>>): URLSearchParams {
  const wanted = Object.entries({ limit: String(PAGE), ...values });
  return new URLSearchParams(wanted.filter((pair): pair is [string, string] => Boolean(pair[1])));
}
