// A client of the stream that hangs up and comes back, while events are written and time passes: it has every event
// once, in order, however the connections are cut.

import { expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { anEvent } from '../support/evidence.ts';
import { type Actor, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

/** A client that remembers the last event it has, as a browser does. */
function createClient(api: TestApi, begin: number) {
  const seen: number[] = [];
  let hangUp = async (): Promise<void> => {};
  const take = (text: string): void => {
    const ids = [...text.matchAll(/^id: (\d+)\nevent: (?!snapshot)/gm)];
    seen.push(...ids.map(([, id]) => Number(id)));
  };
  return {
    seen,
    hangUp: () => hangUp(),
    async connect(): Promise<void> {
      const headers = { 'last-event-id': String(seen.at(-1) ?? begin) };
      const { status, body } = await api.request('/stream', { headers });
      expect(status).toBe(200);
      const reader = body?.getReader();
      let isOpen = true;
      const read = async (): Promise<void> => {
        const part = await reader?.read();
        if (!part || part.done || !isOpen) return;
        take(new TextDecoder().decode(part.value));
        await read();
      };
      const reading = read();
      hangUp = async () => {
        isOpen = false;
        await reader?.cancel();
        await reading;
      };
    },
  };
}

it(
  'a client that comes back loses no event and gets none twice',
  async () => {
    const api = createTestApi();
    const write = (): void => {
      api.store.log.append([anEvent('audit.noted')], 'durable');
    };
    const pass = (): void => api.clock.advance(LIMITS.streamLookMs);
    let resumed = 0;
    await holds(async (scheduler) => {
      const begin = api.store.reader.lastSeq();
      const client = createClient(api, begin);
      const comeBack = async (): Promise<void> => {
        await client.hangUp();
        resumed++;
        await client.connect();
      };
      await client.connect();
      const writer: Actor = [1, 2, 3, 4].map((i) => [`event ${i}`, write] as const);
      const time: Actor = [1, 2, 3].map((i) => [`a look ${i}`, pass] as const);
      const returning: Actor = [
        ['comes back', comeBack],
        ['comes back again', comeBack],
      ];
      await interleave(scheduler, [writer, time, returning]);
      pass();
      await new Promise(setImmediate);
      await client.hangUp();
      expect(client.seen).toEqual([1, 2, 3, 4].map((i) => begin + i));
      api.clock.advance(1_000);
    });
    expect(resumed).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
