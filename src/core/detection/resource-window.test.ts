import { describe, expect, it } from 'vitest';
import { type MonotonicMs, monotonicMs } from '../time.ts';
import { ResourceWindow } from './resource-window.ts';
import type { TreeSample } from './sample.ts';

const at = (second: number): MonotonicMs => monotonicMs(1000 * second);

const sample = (second: number, figures: Partial<TreeSample> = {}): TreeSample => ({
  at: at(second),
  cpuMs: 0,
  waitMs: 0,
  rssBytes: 1e6,
  pssBytes: null,
  processCount: 1,
  threadCount: 1,
  fdCount: 3,
  fdLimit: null,
  readBytes: 0,
  writeBytes: 0,
  minorFaults: 0,
  voluntarySwitches: 0,
  births: 1,
  members: [],
  ...figures,
});

describe('the window on resources', () => {
  it('knows nothing before two readings', () => {
    const window = new ResourceWindow();
    expect(window.tick(at(0), null, false)).toMatchObject({ known: false, spinMs: 0, idleMs: 0 });
    expect(window.tick(at(1), sample(1), false)).toMatchObject({ known: false });
    expect(window.tick(at(2), sample(2), false)).toMatchObject({ known: true });
  });

  it('counts waiting for a processor as demand, so that a busy machine hides nothing', () => {
    const window = new ResourceWindow();
    window.tick(at(0), sample(0), false);
    const { demandPercent } = window.tick(at(1), sample(1, { cpuMs: 540, waitMs: 460 }), false);
    expect(demandPercent).toBe(100);
  });

  it('takes the first interval at its word and smooths from then on', () => {
    const window = new ResourceWindow();
    window.tick(at(0), sample(0), false);
    expect(window.tick(at(1), sample(1, { cpuMs: 1000 }), false).demandPercent).toBe(100);
    expect(window.tick(at(2), sample(2, { cpuMs: 1000 }), false).demandPercent).toBe(50);
  });

  it('is not misled by the same reading told twice', () => {
    const window = new ResourceWindow();
    const once = sample(1, { cpuMs: 1000 });
    window.tick(at(0), sample(0), false);
    window.tick(at(1), once, false);
    expect(window.tick(at(2), once, false).demandPercent).toBe(100);
  });

  it('ends a spin or an idle stretch at the first output', () => {
    const window = new ResourceWindow();
    for (let second = 0; second < 10; second++) window.tick(at(second), sample(second), false);
    expect(window.tick(at(10), sample(10), false).idleMs).toBeGreaterThan(8000);
    expect(window.tick(at(11), sample(11), true).idleMs).toBe(0);
  });

  it('tells in what time the number of processes doubled', () => {
    const window = new ResourceWindow();
    window.tick(at(0), sample(0, { processCount: 10 }), false);
    window.tick(at(1), sample(1, { processCount: 15 }), false);
    expect(window.tick(at(2), sample(2, { processCount: 20 }), false).doublingMs).toBe(2000);
    expect(window.tick(at(3), sample(3, { processCount: 19 }), false).doublingMs).toBeNull();
  });
});
