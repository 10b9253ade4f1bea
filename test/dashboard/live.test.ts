import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFeed } from '../../dashboard/src/wire/live.ts';

/** The browser's end of a stream, through which the test speaks. */
class Source extends EventTarget {
  static all: Source[] = [];
  static get last(): Source {
    return Source.all.at(-1) as Source;
  }
  isOpen = true;
  onerror: (() => void) | null = null;
  constructor() {
    super();
    Source.all.push(this);
  }
  close(): void {
    this.isOpen = false;
  }
  say(type: string, data: unknown): void {
    const event = new MessageEvent(type, { data: JSON.stringify(data), lastEventId: '1' });
    if (this.isOpen) this.dispatchEvent(event);
  }
}

const aStatus = (run_id: string, phase = 'running') => ({ run_id, phase });
const aSample = (second: number) => ({ run_id: 'run_1', at: `2026-01-01T00:00:0${second}.000Z` });

function aFeed() {
  const asked: (readonly string[])[] = [];
  let settle = (): void => {};
  const onReturn = vi.fn();
  const feed = new LiveFeed({
    onItems: () => {},
    onReturn,
    onRuns: (runIds) => {
      asked.push(runIds);
      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    },
  });
  feed.start();
  Source.last.say('snapshot', {});
  const seconds = () => feed.samples('run_1').map(({ at }) => Number(at.slice(17, 19)));
  const readAgain = async (): Promise<void> => {
    settle();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { feed, asked, onReturn, seconds, readAgain };
}

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const open = () => Source.all.filter(({ isOpen }) => isOpen).length;

describe('the live feed', () => {
  it('has a run read again when it is gone, and keeps its readings until that is done', async () => {
    const { feed, asked, seconds, readAgain } = aFeed();
    Source.last.say('status', [aStatus('run_1'), aStatus('run_2')]);
    Source.last.say('sample', [aSample(1)]);
    Source.last.say('status', [aStatus('run_1'), aStatus('run_2')]);
    expect(asked).toEqual([]);
    Source.last.say('status', [aStatus('run_2')]);
    expect(asked).toEqual([['run_1']]);
    expect(seconds()).toEqual([1]);
    await readAgain();
    expect(seconds()).toEqual([]);
    feed.stop();
  });

  it('shows no hole for the time in which a run did not answer', async () => {
    const { feed, asked, seconds, readAgain } = aFeed();
    Source.last.say('status', [aStatus('run_1')]);
    Source.last.say('sample', [aSample(1)]);
    Source.last.say('status', [aStatus('run_1', 'not-answering')]);
    await readAgain();
    expect(seconds()).toEqual([1]);
    Source.last.say('status', [aStatus('run_1')]);
    Source.last.say('sample', [aSample(5)]);
    expect(asked).toEqual([['run_1'], ['run_1']]);
    await readAgain();
    expect(seconds()).toEqual([5]);
    feed.stop();
  });

  it('forgets what came before the connection was lost, and has all read again', async () => {
    const { feed, onReturn, seconds } = aFeed();
    Source.last.say('sample', [aSample(1)]);
    Source.last.onerror?.();
    feed.reconnect();
    Source.last.say('snapshot', {});
    Source.last.say('sample', [aSample(5)]);
    expect(onReturn).toHaveBeenCalledTimes(1);
    expect(seconds()).toEqual([5]);
    feed.stop();
  });

  it('has one connection, also where a person asks for it while it tries by itself', async () => {
    let answer = (_: { readonly status: number }): void => {};
    const answered = new Promise<{ readonly status: number }>((resolve) => {
      answer = resolve;
    });
    vi.stubGlobal('fetch', () => answered);
    const { feed } = aFeed();
    Source.last.onerror?.();
    await vi.advanceTimersByTimeAsync(600);
    feed.reconnect();
    answer({ status: 200 });
    await vi.advanceTimersByTimeAsync(0);
    expect(open()).toBe(1);
    expect(Source.all).toHaveLength(2);
    feed.stop();
    expect(open()).toBe(0);
  });

  it('gives up a connection that says nothing, and asks for another', async () => {
    vi.stubGlobal('fetch', async () => ({ status: 200 }));
    const { feed } = aFeed();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(feed.state().freshness).toBe('stale');
    await vi.advanceTimersByTimeAsync(12_000);
    expect(Source.all).toHaveLength(2);
    expect(open()).toBe(1);
    feed.stop();
  });
});
