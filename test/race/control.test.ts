// Orders over a run's control socket, while the run ends and its socket closes: every answer belongs to its question,
// what is answered was carried out, what was carried out was carried out once, and nobody waits for ever.

import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { askControl, serveControl, socketPath } from '../../src/adapters/control/socket.ts';
import type { ControlAnswer, ControlRequest } from '../../src/core/control.ts';
import { aRun } from '../support/a-run.ts';
import { scratch } from '../support/evidence.ts';
import { type Actor, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

const request = (reason: string): ControlRequest => ({
  version: 1,
  operation: 'stop',
  reason,
  actor: 'operator',
  requestId: null,
  expectedAttempt: null,
});

it(
  'answers belong to their questions, also while the socket closes',
  async () => {
    const place = scratch();
    const state = place.path('s');
    let round = 0;
    let refused = 0;
    await holds(async (scheduler) => {
      const runId = `run_${++round}`;
      const done: string[] = [];
      const server = await serveControl(state, runId, ({ reason }): ControlAnswer => {
        done.push(reason);
        return { version: 1, ok: true, status: aRun(reason) };
      });
      const answered: string[] = [];
      const ask = (reason: string) => async (): Promise<void> => {
        const answer = await askControl(state, runId, request(reason));
        if (typeof answer === 'string') refused++;
        else if (answer.ok) {
          expect(answer.status.runId).toBe(reason);
          answered.push(reason);
        }
      };
      const person = (name: string): Actor => [
        [`${name} asks`, ask(`${name}1`)],
        [`${name} asks again`, ask(`${name}2`)],
      ];
      // Sends half a request, and the rest when others have acted.
      const socket = connect(socketPath(state, runId));
      socket.on('error', () => {});
      const slow: Actor = [
        ['half a question', () => void socket.write(JSON.stringify(request('slow')).slice(0, 20))],
        [
          'the rest of it',
          () => void socket.write(`${JSON.stringify(request('slow')).slice(20)}\n`),
        ],
        ['hangs up', () => void socket.destroy()],
      ];
      const end: Actor = [['the run ends', () => server.close()]];
      await interleave(scheduler, [person('a'), person('b'), slow, end]);
      expect(new Set(done).size).toBe(done.length);
      expect(answered.filter((reason) => !done.includes(reason))).toEqual([]);
    });
    expect(refused).toBeGreaterThan(0);
    place.remove();
  },
  TIMEOUT_MS,
);
