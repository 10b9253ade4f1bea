// How the API asks supervisors: over real control sockets.

import { expect, it, onTestFinished } from 'vitest';
import { serveControl } from '../../src/adapters/control/socket.ts';
import { createRunControl } from '../../src/compose/api.ts';
import type { ControlRequest } from '../../src/core/control.ts';
import { aRun } from '../support/a-run.ts';
import { scratch } from '../support/evidence.ts';

it('asks each supervisor once for all who want to know at the same time, and anew after an order', async () => {
  const place = scratch();
  const heard: string[] = [];
  let phase = 'running' as 'running' | 'paused';
  const status = () => aRun('run_1', { phase });
  const answer = ({ operation }: ControlRequest) => {
    heard.push(operation);
    if (operation === 'pause') phase = 'paused';
    return { version: 1, ok: true, status: status() } as const;
  };
  const control = await serveControl(place.path('state'), 'run_1', answer);
  onTestFinished(() => {
    control.close();
    place.remove();
  });
  const runs = createRunControl(place.path('state'));
  const phases = async () => (await runs.list()).answering.map((run) => run.phase);
  const all = await Promise.all(Array.from({ length: 20 }, phases));
  expect(all).toEqual(Array(20).fill(['running']));
  expect(heard).toEqual(['status']);
  const order = { version: 1, operation: 'pause', reason: '', actor: 'operator' } as const;
  await runs.ask('run_1', { ...order, requestId: null, expectedAttempt: null });
  expect(await phases()).toEqual(['paused']);
  expect(heard).toEqual(['status', 'pause', 'status']);
});
