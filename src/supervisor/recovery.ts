// At the start: runs whose supervisor is gone are swept and closed, once, with what is known and what is not.

import type { Fact } from '../core/event.ts';
import type { UnfinishedRun } from '../core/evidence/readings.ts';
import type { IncidentId } from '../core/id.ts';
import type { EvidenceReader, Leftovers } from '../ports.ts';
import { titleOf } from './incident-desk.ts';
import type { World } from './job.ts';
import { Recorder } from './recorder.ts';

export type RecoveryWorld = Pick<
  World,
  'clock' | 'ids' | 'log' | 'origin' | 'redactor' | 'narrator'
> & { readonly reader: EvidenceReader; readonly leftovers: Leftovers };

/** What was done about one lost run. */
export interface Recovered {
  readonly runId: string;
  readonly reapedCount: number;
  readonly survivors: readonly number[];
}

/** Recovers every lost run of this host. Runs of other hosts in the same database are left alone. */
export async function recoverLostRuns(world: RecoveryWorld): Promise<readonly Recovered[]> {
  const recovered: Recovered[] = [];
  for (const run of world.reader.unfinishedRuns()) {
    if (!isLost(run, world)) continue;
    await world.leftovers.once(run.story.runId, async () => {
      // Another start may have closed it between our look and our claim.
      if (world.reader.run(run.story.runId)?.endedAt !== null) return;
      recovered.push(await recover(run, world));
    });
  }
  return recovered;
}

function isLost({ story }: UnfinishedRun, { origin, leftovers }: RecoveryWorld): boolean {
  if (story.hostId !== origin.hostId) return false;
  return story.bootId !== origin.bootId || !leftovers.isAlive(story.supervisor);
}

async function recover(run: UnfinishedRun, world: RecoveryWorld): Promise<Recovered> {
  const { story, leaders } = run;
  const { runId } = story;
  const recorder = new Recorder(world, { runId });
  const attempt = story.leader?.attempt ?? null;
  const incidentId = world.ids.incidentId();
  const note = (fact: Fact, of: IncidentId | null = incidentId): void => {
    recorder.record(fact, attempt, of);
  };
  const reason = `its supervisor (pid ${story.supervisor.pid}) is gone`;
  const exitReason = 'SUPERVISOR_LOST' as const;
  for (const id of run.openIncidentIds) {
    const payload = { outcome: reason, exitReason };
    note({ type: 'incident.closed', payload }, id as IncidentId);
  }
  for (const intent of run.openIntents) noteUnknown(intent, recorder);
  const opened = { ruleId: null, exitReason, title: titleOf(exitReason), reason, scores: null };
  note({ type: 'incident.opened', payload: { ...opened, pid: story.leader?.pid ?? null } });

  // After a restart of the machine nothing of it can be alive, and its pids mean others by now.
  const isThisBoot = story.bootId === world.origin.bootId;
  const swept = isThisBoot
    ? await sweep({ run, world, note })
    : { signals: [], survivors: [] as readonly number[] };
  const reapedCount = new Set(swept.signals.map(({ pid }) => pid)).size;
  const outcome = `${reason}; ${killed(reapedCount)}`;
  note({ type: 'incident.closed', payload: { outcome, exitReason } });
  recorder.record(ending(run, { reason, survivors: swept.survivors.length, world }), null);
  world.narrator.say(`run ${runId} was lost: ${outcome}`);
  return { runId, reapedCount, survivors: leaders.length > 0 ? swept.survivors : [] };
}

function killed(count: number): string {
  if (count === 0) return 'nothing was left of it';
  return count === 1
    ? '1 process that was left was killed'
    : `${count} left-over processes were killed`;
}

/** Nobody knows what became of it: said as it is. */
function noteUnknown(intent: UnfinishedRun['openIntents'][number], recorder: Recorder): void {
  const payload = {
    intentId: intent.payload.intentId,
    action: intent.payload.action,
    outcome: 'unknown',
    detail: 'FlowForge was gone before it could tell',
    signals: [],
    survivors: [],
    proof: null,
    durationMs: 0,
  } as const;
  recorder.record({ type: 'action.completed', payload }, intent.attempt, intent.incidentId);
}

async function sweep({
  run: { story, leaders },
  world,
  note,
}: {
  readonly run: UnfinishedRun;
  readonly world: RecoveryWorld;
  readonly note: (fact: Fact) => void;
}) {
  const intentId = world.ids.intentId();
  const startedAt = world.clock.monotonic();
  const action = 'ORPHAN_REAPED';
  const reason = 'processes of a run whose supervisor is gone';
  const intent = { intentId, action, actor: 'recovery', reason, requestId: null } as const;
  note({ type: 'action.intended', payload: intent });
  const { signals, survivors } = await world.leftovers.reap({ runId: story.runId, leaders });
  const isDone = survivors.length === 0;
  const payload = {
    intentId,
    action,
    outcome: isDone ? 'done' : 'failed',
    detail: `${signals.length} signals sent`,
    signals,
    survivors,
    proof: isDone ? 'scan' : null,
    durationMs: world.clock.monotonic() - startedAt,
  } as const;
  note({ type: 'action.completed', payload });
  return { signals, survivors };
}

function ending(
  { story }: UnfinishedRun,
  { reason, survivors, world }: { reason: string; survivors: number; world: RecoveryWorld },
): Fact {
  const payload = {
    exitReason: 'SUPERVISOR_LOST',
    exit: null,
    exitCode: 125,
    durationMs: Math.max(0, world.clock.now() - story.startedAt),
    attempts: story.attempts,
    cpuPeakPercent: story.cpuPeakPercent,
    survivors,
    reason,
  } as const;
  return { type: 'run.ended', payload };
}
