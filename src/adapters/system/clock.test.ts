import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

const fires = (durationMs: number): Promise<void> =>
  new Promise((resolve) => systemClock.after(durationMs, resolve));

describe('the system clock', () => {
  it('never goes back and counts milliseconds', async () => {
    const before = systemClock.monotonic();
    await fires(20);
    const elapsedMs = systemClock.monotonic() - before;
    expect(elapsedMs).toBeGreaterThanOrEqual(19);
    expect(elapsedMs).toBeLessThan(20_000);
  });

  it('holds a timer longer than Node can', async () => {
    let fired = false;
    const cancel = systemClock.after(2 ** 32, () => {
      fired = true;
    });
    await fires(20);
    cancel();
    expect(fired).toBe(false);
  });

  it('does not fire what was cancelled, and cancels twice without harm', async () => {
    let fired = false;
    const cancel = systemClock.after(1, () => {
      fired = true;
    });
    cancel();
    cancel();
    await fires(20);
    expect(fired).toBe(false);
  });
});
