// Puts the API together with the evidence, the runs and the keys of a configuration, and lets it listen.

import { dirname } from 'node:path';
import { askControl, listSockets } from '../adapters/control/socket.ts';
import type { Fetch } from '../adapters/http/listen.ts';
import { expose } from '../adapters/prometheus/exposition.ts';
import { probeChain, probeWrite } from '../adapters/sqlite/probe.ts';
import type { Store } from '../adapters/sqlite/store.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { createApi } from '../api/app.ts';
import type { ApiWorld } from '../api/world.ts';
import type { Config } from '../config/config.ts';
import { explainConfig } from '../config/explain.ts';
import { isLoopback } from '../config/load.ts';
import { GROUP_TITLES } from '../config/setting.ts';
import type { ControlRequest, ControlStatus } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { LivingRuns, ReadinessCheck, RunControl } from '../ports.ts';
import { VERSION } from '../version.ts';
import { createAccess } from './api-access.ts';
import { readDashboardFile } from './dashboard-files.ts';
import { diskFreeShare } from './installed.ts';
import type { LagMeter } from './lag-meter.ts';
import { originIn } from './origin.ts';
import { checkPlace } from './place.ts';
import { createRecorder } from './recorder.ts';

export interface ApiParts {
  readonly store: Store;
  readonly lag: LagMeter;
  readonly port: number;
  say(sentence: string): void;
}

/** The API of a configuration over an open store. */
export function composeApi(
  config: Config,
  { store, lag, port, say }: ApiParts,
): { readonly fetch: Fetch; close(): void } {
  const origin = originIn(config.stateDir);
  const access = createAccess(config);
  const { bindHost } = config;
  const isOwn = isLoopback(bindHost);
  const record = createRecorder(config.stateDir, store);
  const world: ApiWorld = {
    clock: systemClock,
    newRequestId: () => `req_${systemIds.eventId().slice('evt_'.length)}`,
    reader: store.reader,
    runs: createRunControl(config.stateDir),
    authenticate: access.authenticate,
    sessions: access.sessions,
    answers: access.answers,
    audit: (payload) => record({ type: 'audit.noted', payload }),
    answer: (incident, said) => {
      const { runId, attempt, id: incidentId } = incident;
      record({ type: 'incident.answered', payload: said }, { runId, attempt, incidentId });
    },
    dashboardFile: readDashboardFile,
    complain: createComplaint(say),
    examine: () => examine(config, store, lag),
    samplerLagSeconds: () => lag.seconds(),
    expose,
    settings: {
      version: VERSION,
      hostId: origin.hostId,
      bindHost,
      port: () => port,
      isLoopback: isOwn,
      hostNames: config.hostNames,
      readNeedsKey: !isOwn || config.readNeedsKey,
      policy: () => explainConfig(config).map((it) => ({ ...it, group: GROUP_TITLES[it.group] })),
    },
  };
  const api = createApi(world);
  return {
    fetch: (request, peer) => api.fetch(request, { peer }),
    close() {
      api.close();
      access.close();
    },
  };
}

/** Tells errors that are bugs, so many at most: they may come with every request. */
function createComplaint(say: ApiParts['say']): ApiWorld['complain'] {
  let left = LIMITS.apiComplaintsMax;
  return (error, requestId) => {
    if (left-- > 0) say(`the API failed (${requestId}): ${error.stack ?? error.message}`);
  };
}

const STATUS_REQUEST: ControlRequest = {
  version: 1,
  operation: 'status',
  reason: '',
  actor: 'operator',
  requestId: null,
  expectedAttempt: null,
};

/** The runs whose control sockets lie in the state folder, asked all at once, in one round for all who want to know. */
export function createRunControl(stateDir: string): RunControl {
  let round: { readonly at: MonotonicMs; readonly told: Promise<LivingRuns> } | null = null;
  return {
    async ask(runId, request, withinMs) {
      try {
        return await askControl(stateDir, runId, request, withinMs);
      } finally {
        // Whoever looks after an order sees what became of it.
        if (request.operation !== 'output') round = null;
      }
    },
    list() {
      const at = systemClock.monotonic();
      if (!round || at - round.at >= LIMITS.controlRoundMs) round = { at, told: askAll(stateDir) };
      return round.told;
    },
  };
}

async function askAll(stateDir: string): Promise<LivingRuns> {
  const answering: ControlStatus[] = [];
  const silent: string[] = [];
  const look = async (runId: string): Promise<void> => {
    const answer = await askControl(stateDir, runId, STATUS_REQUEST, LIMITS.controlStatusMs);
    if (answer === 'silent') silent.push(runId);
    else if (answer !== 'gone' && answer.ok) answering.push(answer.status);
  };
  await Promise.all(listSockets(stateDir).map(look));
  // Newest first, in whatever order they answered.
  answering.sort((one, other) => (one.runId < other.runId ? 1 : -1));
  return { answering, silent };
}

/** Looks at everything that must work for the evidence to be kept. */
function examine(config: Config, store: Store, lag: LagMeter): readonly ReadinessCheck[] {
  const trouble = store.log.trouble();
  const refused = probeWrite(config.dbPath);
  const written: ReadinessCheck = {
    name: 'database',
    state: trouble === null && refused === null ? 'ok' : 'fail',
    detail: refused ?? (trouble === null ? 'takes writes' : 'is being opened again'),
    hint: 'make room, or make the database writable; what happens meanwhile is kept aside',
  };
  const share = diskFreeShare(dirname(config.dbPath));
  const disk: ReadinessCheck = {
    name: 'disk',
    state: share === null || share >= LIMITS.diskFreeShareMin ? 'ok' : 'fail',
    detail: share === null ? 'unknown' : `${Math.round(share * 100)} % free`,
    hint: '`flowforge prune` makes room',
  };
  const chain: ReadinessCheck = {
    name: 'chain',
    ...probeChain(store.reader, store.archive),
    hint: '`flowforge evidence verify` names the first bad row',
  };
  const lagMs = lag.seconds() * 1000;
  const sampler: ReadinessCheck = {
    name: 'sampler',
    state: lagMs <= LIMITS.samplerLagMsMax ? 'ok' : 'fail',
    detail: `${Math.round(lagMs)} ms late`,
    hint: 'the host is overloaded, or FlowForge was stopped',
  };
  return [written, disk, chain, sampler, checkPlace(config)];
}
