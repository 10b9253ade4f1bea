import { describe, expect, it } from 'vitest';
import { buildSupervisor } from '../../test/support/build-supervisor.ts';
import type { ControlOperation } from '../core/control.ts';
import type { RunId } from '../core/id.ts';
import { NO_RESTARTS } from '../core/lifecycle/restart-budget.ts';
import { PROFILE_POLICIES } from '../core/policy/policy.ts';
import { epochMs } from '../core/time.ts';
import { answerControl } from './control.ts';

function begin(redact = (text: string) => text) {
  const built = buildSupervisor({ redact });
  void built.supervisor.run();
  const job = {
    runId: 'run_1' as RunId,
    command: { argv: ['work'] as const, cwd: '/' },
    name: null,
    jobKey: 'work',
    environment: {},
    pty: 'never' as const,
    isolate: false,
    policy: PROFILE_POLICIES.standard,
    restarts: NO_RESTARTS,
  };
  const origin = {
    hostId: 'host',
    bootId: 'boot',
    version: '0',
    supervisor: { pid: 1, startTicks: 1 },
  };
  const run = { supervisor: built.supervisor, job, origin, startedAt: epochMs(0) };
  const ask = (operation: ControlOperation, after = 0) =>
    answerControl(run, {
      version: 1,
      operation,
      reason: 'asked',
      actor: 'operator',
      requestId: null,
      expectedAttempt: null,
      after,
    });
  return { ...built, ask };
}

describe('an order to a run', () => {
  it('that is carried out is answered with the phase it leads to', () => {
    const { ask, host } = begin();
    host.last.tell({ type: 'spawned', pid: 100, startTicks: 7 });
    expect(ask('pause')).toMatchObject({ ok: true, status: { phase: 'paused' } });
    expect(ask('pause')).toMatchObject({ ok: true, status: { phase: 'paused' } });
    expect(ask('resume')).toMatchObject({ ok: true, status: { phase: 'running' } });
    expect(ask('stop')).toMatchObject({ ok: true, status: { phase: 'stopping' } });
  });

  it.each(['pause', 'resume', 'restart'] as const)(
    'to %s while it stops is a conflict, and noted in the audit',
    (operation) => {
      const { ask, host, log } = begin();
      host.last.tell({ type: 'spawned', pid: 100, startTicks: 7 });
      ask('stop');
      expect(ask(operation)).toMatchObject({
        ok: false,
        code: 'FF_CONFLICT',
        message: expect.stringContaining('stopping'),
      });
      expect(log.of('audit.noted').at(-1)?.payload.action).toBe(operation.toUpperCase());
    },
  );
});

describe('a question for the output', () => {
  it('is answered with the lines after the one that is known, secrets taken out', () => {
    const { ask, host, log } = begin((text) => text.replaceAll('hunter2', '[gone]'));
    expect(ask('output')).toMatchObject({ output: { first: 1, lines: [] } });
    host.last.tell({ type: 'spawned', pid: 100, startTicks: 7 });
    host.last.print('one\nhunter2\nthree\n');
    expect(ask('output')).toMatchObject({
      output: { attempt: 1, first: 1, lines: ['one', '[gone]', 'three'], skippedBytes: 0 },
    });
    expect(ask('output', 2)).toMatchObject({ output: { first: 3, lines: ['three'] } });
    expect(log.of('audit.noted')).toEqual([]);
  });
});
