import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../../time.ts';
import { AgentStream } from './agent-stream.ts';
import { type AgentIndicators, AgentWindow } from './agent-window.ts';
import { hashOf } from './json.ts';

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/traces/agents');

function read(kind: string): { stream: AgentStream; indicators: AgentIndicators | null } {
  const stream = new AgentStream();
  const window = new AgentWindow();
  for (const line of readFileSync(join(fixtures, `${kind}.jsonl`), 'utf8')
    .trim()
    .split('\n')) {
    window.add(stream.read(line) ?? [], monotonicMs(0));
  }
  return { stream, indicators: window.tick(monotonicMs(1000)) };
}

describe("an agent's stream", () => {
  it.each([
    // The message said something and made three calls; 1,264 and 1,340 tokens, each message once.
    { kind: 'claude', calls: 4, failed: 1, tokens: 1264 + 1340, costUsd: 0.0421, progress: 0 },
    { kind: 'codex', calls: 3, failed: 0, tokens: 24_763 + 122, costUsd: 0, progress: 1 },
    { kind: 'gemini', calls: 1, failed: 1, tokens: 5120, costUsd: 0, progress: 0 },
  ])('of $kind is recognised and counted', ({ kind, calls, failed, tokens, costUsd, progress }) => {
    const { stream, indicators } = read(kind);
    expect(stream.kind).toBe(kind);
    expect(indicators).toMatchObject({
      calls,
      newCalls: calls,
      knownCalls: 0,
      failedCalls: failed,
      tokens,
      costUsd,
      progress,
    });
  });

  it('is not seen in ordinary text, nor in logs that are JSON', () => {
    const stream = new AgentStream();
    expect(stream.read('plain text')).toBeNull();
    expect(stream.read('{"level":"info","msg":"assistant started","type":"assistant"}')).toBeNull();
    expect(stream.read('{broken')).toBeNull();
    expect(stream.kind).toBeNull();
  });

  it('keeps lines that were cut to itself, once recognised', () => {
    const stream = new AgentStream();
    stream.read('{"type":"thread.started","thread_id":"1"}');
    expect(stream.read('{"type":"item.completed","item":{"aggregated_outp')).toEqual([]);
  });
});

describe('the comparison of calls', () => {
  it('ignores the order of keys, identifiers, times and durations', () => {
    expect(hashOf({ b: 1, a: 'took 0.41s at 10:00:01', id: 7 })).toBe(
      hashOf({ a: 'took 0.52s at 10:00:09', b: 1, id: 8 }),
    );
    expect(hashOf({ a: '3 passed' })).not.toBe(hashOf({ a: '4 passed' }));
  });

  it('survives values that are nested without end', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 1000; i++) deep = [deep];
    expect(hashOf(deep)).toEqual(expect.any(Number));
  });
});
