// The composition root: with its folder, the one place that knows every concrete adapter.

import { dirname } from 'node:path';
import { removeSocket, serveControl, socketPath } from './adapters/control/socket.ts';
import { evidenceTools } from './adapters/evidence/tools.ts';
import { probeIsolation } from './adapters/process/containment.ts';
import { createGroupHost } from './adapters/process/group-host.ts';
import { RUN_ID_VARIABLE } from './adapters/process/group-members.ts';
import { inheritedOpenFiles } from './adapters/process/inherited.ts';
import { createLeftovers } from './adapters/process/leftovers.ts';
import { createShimHost } from './adapters/process/shim-host.ts';
import { ApiKeys } from './adapters/sqlite/api-keys.ts';
import { backUpStore } from './adapters/sqlite/backup.ts';
import { pruneStore, pruneToSize } from './adapters/sqlite/prune.ts';
import { openForReading, type ReadStore, requireStore } from './adapters/sqlite/read-store.ts';
import { rotateStoreKey } from './adapters/sqlite/rotate.ts';
import { openStore, type Store } from './adapters/sqlite/store.ts';
import { verifyDatabase } from './adapters/sqlite/verify.ts';
import { systemClock } from './adapters/system/clock.ts';
import { digestOf } from './adapters/system/digest.ts';
import { systemIds } from './adapters/system/ids.ts';
import { diskFreeShare, mayExecute, shimPath } from './compose/installed.ts';
import { originIn } from './compose/origin.ts';
import { keepWithinBounds } from './compose/retention.ts';
import { announcing, endsWithinMs, serviceManager } from './compose/service-manager.ts';
import { offerApi } from './compose/serving.ts';
import { createTracing, machine } from './compose/tracing.ts';
import type { Config } from './config/config.ts';
import { createDetector } from './core/detection/detect.ts';
import { FlowForgeError } from './core/error.ts';
import type { RunId } from './core/id.ts';
import type { RestartLedger } from './core/lifecycle/restart-budget.ts';
import { createRedactor, type Redactor, type UserRule } from './core/redaction/redactor.ts';
import { secretsOf } from './core/redaction/secret-names.ts';
import { type Command, containmentSuffices } from './core/run.ts';
import { type EpochMs, epochMs, later } from './core/time.ts';
import type { Clock, Narrator, ProcessHost } from './ports.ts';
import { answerControl } from './supervisor/control.ts';
import type { Job, World } from './supervisor/job.ts';
import { recoverLostRuns } from './supervisor/recovery.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { VERSION } from './version.ts';

/** A command that is about to be guarded. */
export interface Guarded {
  readonly runId: RunId;
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  /** Tells a service manager that the run is being ended. */
  tellStopping(): void;
  /** Lets go of everything that was opened; the run must have ended. */
  close(): void;
}

export interface GuardOptions {
  readonly command: Command;
  readonly narrator: Narrator;
  /** File descriptors that the command's output goes to: ours, 1 or 2. */
  readonly outputs: { readonly stdout: 1 | 2; readonly stderr: 2 };
  /** Signals the command starts with ignored: bit n-1 for signal n. */
  readonly ignoredSignals: bigint;
  /** Whether what is said is read by a person at a terminal, and kept nowhere. */
  readonly isWatched?: boolean;
  /** Where to write a trace of the run with its text. */
  readonly record?: string | undefined;
}

/** Opens what a guard needs and builds it. Throws where the store or the containment is not to be had. */
export async function composeGuard(config: Config, options: GuardOptions): Promise<Guarded> {
  const { command, narrator, isWatched = false } = options;
  const runId = systemIds.runId();
  const origin = { ...originIn(config.stateDir), version: VERSION };
  const manager = serviceManager(config, narrator);
  const host = announcing(chooseHost(config, options), manager);
  const store = openEvidence(config);
  const redactor = redactorFor(config, store);
  const jobKey = config.name ?? digestOf(origin.hostId, [...command.argv, command.cwd]);
  const job: Job = {
    runId,
    command,
    name: config.name,
    jobKey,
    environment: { ...config.childEnvironment, [RUN_ID_VARIABLE]: runId },
    pty: config.pty,
    isolate: config.isolate,
    policy: config.policy,
    restarts: formerRestarts(store, jobKey, config.policy.restart.windowMs),
  };
  const stopPruning = keepWithinBounds(config, narrator);
  const tracing = createTracing(config, {
    runId,
    command,
    narrator,
    redactor,
    file: options.record,
  });
  const world: World = {
    clock: systemClock,
    ids: systemIds,
    random: Math.random,
    log: store.log,
    host,
    narrator,
    origin,
    createDetector: (policy) => createDetector({ ...policy, ...machine() }, tracing.tap()),
    redactor,
    diskFreeShare: () => diskFreeShare(dirname(config.dbPath)),
    suspend: () => process.kill(process.pid, 'SIGSTOP'),
  };
  const leftovers = createLeftovers(config.stateDir, systemClock);
  await recoverLostRuns({ ...world, reader: store.reader, leftovers });
  const supervisor = new Supervisor(job, world);
  const run = { supervisor, job, origin, startedAt: systemClock.now() };
  // The command does not wait for the socket.
  const control = serveControl(config.stateDir, runId, (request) => answerControl(run, request));
  control.catch((error: Error) => narrator.say(`no control socket: ${error.message}`));
  const withdrawApi = offerApi(config, store, { say: narrator.say, isWatched });
  return {
    runId,
    supervisor,
    clock: systemClock,
    tellStopping: () => manager.stopping(endsWithinMs(config)),
    close() {
      withdrawApi();
      store.close();
      stopPruning();
      tracing.keep();
      manager.close();
      // Last: whoever waits for us to be done looks for it.
      control.then((socket) => socket.close()).catch(() => {});
      removeSocket(socketPath(config.stateDir, runId));
    },
  };
}

/** The evidence of a configuration, for what writes it. */
export function openEvidence(config: Config): Store {
  const { dbPath: path, masterKey } = config;
  return openStore({ path, clock: systemClock, ids: systemIds, masterKey });
}

/** The evidence of a configuration, for commands that only read it. Throws FF_NOT_FOUND where there is none. */
export function readEvidence(config: Config): ReadStore {
  const { dbPath: path, masterKey } = config;
  return openForReading({ path, clock: systemClock, ids: systemIds, masterKey });
}

/** The API keys of a configuration's database. */
export function openApiKeys(config: Config): ApiKeys {
  return ApiKeys.at(config.dbPath, systemClock.now());
}

/** The wall clock, for commands. */
export const wallClock = (): EpochMs => systemClock.now();

export {
  backUpStore,
  evidenceTools,
  pruneStore,
  pruneToSize,
  requireStore,
  rotateStoreKey,
  verifyDatabase,
};

/** Makes a function when it is first called: many runs never meet a secret. */
function lazily<A, B>(make: () => (argument: A) => B): (argument: A) => B {
  let made: ((argument: A) => B) | null = null;
  return (argument) => {
    made ??= make();
    return made(argument);
  };
}

const redactorFor = (config: Config, store: Store): Redactor =>
  createRedactor({
    secrets: secretsOf({ ...config.childEnvironment, ...ourKeys(config) }),
    fingerprint: lazily(() => store.fingerprint()),
    rules: config.redaction.patterns.map(userRule),
    allow: config.redaction.allow,
  });

const userRule = (pattern: string, index: number): UserRule => ({
  id: `user-${index + 1}`,
  pattern: new RegExp(pattern, 'g'),
});

/** Our own keys, by the names under which they would be secrets in an environment. */
function ourKeys({ apiKey, masterKey }: Config): Record<string, string> {
  const keys: Record<string, string> = {};
  if (apiKey !== null) keys['FLOWFORGE_API_KEY'] = apiKey;
  if (masterKey !== null) keys['FLOWFORGE_MASTER_KEY'] = Buffer.from(masterKey).toString('hex');
  return keys;
}

/** Restarts of the job in former runs still count: a new supervisor does not refill the budget. */
function formerRestarts({ reader }: Store, jobKey: string, windowMs: number): RestartLedger {
  const now = systemClock.now();
  const former = reader.restartsOf(jobKey, epochMs(now - windowMs));
  const at = former.map((restart) => later(systemClock.monotonic(), restart.at - now));
  return { at, lastDelayMs: former.at(-1)?.delayMs ?? 0 };
}

function chooseHost(
  config: Config,
  { outputs, ignoredSignals, narrator }: GuardOptions,
): ProcessHost {
  const { stdout, stderr } = outputs;
  const path = shimPath();
  const openFiles = inheritedOpenFiles();
  const isolate = config.isolate && canIsolate(path, narrator);
  const host = mayExecute(path)
    ? createShimHost({
        path,
        clock: systemClock,
        stdout,
        stderr,
        ignoredSignals,
        openFiles,
        isolate,
      })
    : createGroupHost(systemClock, {
        stdout: stdout === 1 ? process.stdout : process.stderr,
        stderr: process.stderr,
      });
  const need = config.requireContainment;
  if (need !== null && !containmentSuffices(host.containment, need)) {
    throw new FlowForgeError(
      'FF_CONTAINMENT',
      `containment ${need} is required, and only ${host.containment} is to be had`,
    );
  }
  return host;
}

function canIsolate(path: string, narrator: Narrator): boolean {
  const { ok, detail } = probeIsolation(path);
  if (!ok) narrator.say(`no PID namespace for --isolate (${detail}): the shim holds the tree`);
  return ok;
}
