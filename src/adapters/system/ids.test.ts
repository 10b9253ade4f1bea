import { expect, it } from 'vitest';
import { systemIds } from './ids.ts';

it('ids have their prefix and sort in the order they were made', () => {
  const ids = Array.from({ length: 5_000 }, () => systemIds.eventId());
  expect(ids[0]).toMatch(/^evt_[0-9a-f]{12}7[0-9a-f]{19}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect([systemIds.runId(), systemIds.incidentId(), systemIds.intentId()]).toEqual([
    expect.stringMatching(/^run_/),
    expect.stringMatching(/^inc_/),
    expect.stringMatching(/^act_/),
  ]);
});
