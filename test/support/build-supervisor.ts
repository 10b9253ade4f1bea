// A supervisor on a fake clock, a fake process host and a memory log, with the real detector.

import { createDetector } from '../../src/core/detection/detect.ts';
import type { Detector } from '../../src/core/detection/detector.ts';
import type { EventId, IncidentId, IntentId, RunId } from '../../src/core/id.ts';
import { NO_RESTARTS } from '../../src/core/lifecycle/restart-budget.ts';
import { type Policy, PROFILE_POLICIES } from '../../src/core/policy/policy.ts';
import type { EventLog } from '../../src/ports.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeProcessHost } from './fake-process-host.ts';
import { MemoryEventLog } from './memory-event-log.ts';

export interface BuildOptions {
  readonly policy?: Partial<Policy>;
  readonly detector?: Detector;
  readonly redact?: (text: string) => string;
  /** Where the events go; else into memory. */
  readonly openLog?: (clock: FakeClock) => EventLog;
}

/** Builds a supervisor that is ready to run. */
export function buildSupervisor({
  policy,
  detector,
  redact = (text: string) => text,
  openLog,
}: BuildOptions = {}) {
  const clock = new FakeClock();
  const host = new FakeProcessHost(clock);
  const log = new MemoryEventLog();
  const said: string[] = [];
  let made = 0;
  const next = (prefix: string): string => `${prefix}${++made}`;
  const supervisor = new Supervisor(
    {
      runId: 'run_1' as RunId,
      command: { argv: ['work'], cwd: '/' },
      name: null,
      jobKey: 'work',
      environment: {},
      pty: 'never',
      isolate: false,
      policy: { ...PROFILE_POLICIES.standard, ...policy },
      restarts: NO_RESTARTS,
    },
    {
      clock,
      host,
      log: openLog?.(clock) ?? log,
      redactor: { text: redact, lines: (lines) => lines.map(redact) },
      ids: {
        runId: () => next('run_') as RunId,
        incidentId: () => next('inc_') as IncidentId,
        eventId: () => next('evt_') as EventId,
        intentId: () => next('act_') as IntentId,
      },
      random: () => 0.5,
      narrator: { say: (sentence) => said.push(sentence) },
      origin: {
        hostId: 'host',
        bootId: 'boot',
        version: '0',
        supervisor: { pid: 1, startTicks: 1 },
      },
      createDetector: (options) => detector ?? createDetector(options),
      diskFreeShare: () => null,
      suspend: () => {},
    },
  );
  return { supervisor, clock, host, log, said };
}
