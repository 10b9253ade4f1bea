// A fresh database for each test, and the story of a run that looped.

import { afterEach, beforeEach } from 'vitest';
import { openStore, type Store } from '../../src/adapters/sqlite/store.ts';
import type { IncidentId, RunId } from '../../src/core/id.ts';
import { epochMs } from '../../src/core/time.ts';
import { anEvent, aSample, countingIds, scratch } from './evidence.ts';
import { FakeClock } from './fake-clock.ts';

export const INCIDENT = 'inc_a' as IncidentId;

export interface EvidenceScene {
  clock: FakeClock;
  place: ReturnType<typeof scratch>;
  /** Open, until a test closes it; a test that opens it again puts it here. */
  store: Store;
  path(): string;
  open(masterKey?: Uint8Array | null): Store;
  /** A run that looped and was stopped, between events of another run: thirteen events, and its readings. */
  tellStory(): void;
  /** The public key of another installation. */
  keyOfAnother(): string;
}

/** What the tests of a file share; everything in it is new for each of them. */
export function evidenceScene(): EvidenceScene {
  const scene = {
    path: () => scene.place.path('flowforge.db'),
    open: (masterKey: Uint8Array | null = null) =>
      openStore({ path: scene.path(), clock: scene.clock, ids: countingIds, masterKey }),
    tellStory: () => tellStory(scene.store),
    keyOfAnother() {
      const path = scene.place.path('other.db');
      const other = openStore({ path, clock: scene.clock, ids: countingIds });
      const { publicKeyPem } = other.archive;
      other.close();
      return publicKeyPem;
    },
  } as EvidenceScene;
  beforeEach(() => {
    scene.clock = new FakeClock();
    scene.place = scratch();
    scene.store = scene.open();
  });
  afterEach(() => {
    scene.store.close();
    scene.place.remove();
  });
  return scene;
}

function tellStory(store: Store): void {
  const other = { runId: 'run_other' as RunId };
  const mine = { incidentId: INCIDENT };
  store.log.append(
    [
      anEvent('run.started', {}, other),
      anEvent('run.started', { argv: ['node', '<script>alert(1)</script>'] }),
      anEvent('attempt.started'),
      anEvent('attempt.started', {}, other),
      anEvent('decision.made', {}, mine),
      anEvent('incident.opened', { reason: 'a `loop` | of 7 lines' }, mine),
      anEvent('tree.frozen', { lastLines: ['<img src=x onerror=alert(1)>', '```', 'last'] }, mine),
      anEvent('action.intended', {}, mine),
      anEvent('action.completed', {}, mine),
      anEvent('attempt.ended'),
      anEvent('incident.closed', {}, mine),
      anEvent('run.ended', { exitReason: 'LOOP_DETECTED' }),
      anEvent('run.ended', {}, other),
    ],
    'durable',
  );
  for (let i = 0; i < 30; i++) {
    const at = epochMs(Date.UTC(2026, 0, 1) + i * 1000);
    store.log.appendSample('run_1' as RunId, 1, at, aSample({ cpuPercent: (i % 2) * 100 }));
  }
  store.flush();
}
