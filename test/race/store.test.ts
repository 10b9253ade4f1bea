// Two writers and a follower on one database: nothing acknowledged is lost, the order of a writer is kept, and who
// follows by sequence number sees every event once.

import { expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import { verifyDatabase } from '../../src/compose.ts';
import type { RunId } from '../../src/core/id.ts';
import { anEvent, countingIds, scratch } from '../support/evidence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Actor, holds, interleave, TIMEOUT_MS } from './interleavings.ts';

it(
  'writers lose nothing, and a follower sees every event once and in order',
  async () => {
    const place = scratch();
    const path = place.path('race.db');
    const clock = new FakeClock();
    const stores = [0, 1].map(() => openStore({ path, clock, ids: countingIds }));
    const [first, second] = stores;
    if (!first || !second) throw new Error('no stores');
    const orders = new Set<string>();
    let round = 0;
    let cursor = 0;
    try {
      await holds(async (scheduler) => {
        round++;
        const seen: string[] = [];
        const written: Record<string, string[]> = {};
        const writer = (name: string, { log, flush }: typeof first): Actor => {
          const write = (commit: 'durable' | 'grouped') => (): void => {
            const event = anEvent('audit.noted', {}, { runId: `${name}_${round}` as RunId });
            written[name] = [...(written[name] ?? []), event.eventId];
            expect(log.append([event], commit)).toBe('stored');
          };
          return [
            [`${name} writes`, write('durable')],
            [`${name} writes into a group`, write('grouped')],
            [`${name} writes and carries the group along`, write('durable')],
            [`${name} writes into the next group`, write('grouped')],
            [`${name} writes the group`, flush],
          ];
        };
        const look = (): void => {
          const events = first.reader.eventsAfter(cursor, 100);
          expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => cursor + 1 + i));
          cursor = events.at(-1)?.seq ?? cursor;
          seen.push(...events.map(({ eventId }) => eventId));
        };
        const follower: Actor = [1, 2, 3].map((turn) => [`look ${turn}`, look] as const);
        await interleave(scheduler, [writer('a', first), writer('b', second), follower]);
        look();
        expect([...seen].sort()).toEqual(Object.values(written).flat().sort());
        for (const own of Object.values(written)) {
          expect(seen.filter((id) => own.includes(id))).toEqual(own);
        }
        orders.add(seen.map((id) => (written['a']?.includes(id) ? 'a' : 'b')).join(''));
      });
      expect(orders.size).toBeGreaterThan(5);
    } finally {
      for (const store of stores) store.close();
    }
    expect(verifyDatabase(path)).toMatchObject({ ok: true });
    place.remove();
  },
  TIMEOUT_MS,
);
