import { describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../src/adapters/sqlite/database.ts';
import { liveOutput, liveSamples } from '../../src/contract/stream.ts';
import type { RunId } from '../../src/core/id.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { aRun } from '../support/a-run.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { anEvent, aSample } from '../support/evidence.ts';

const record = (api: TestApi, count = 1): void =>
  void api.store.log.append(
    Array.from({ length: count }, () => anEvent('audit.noted')),
    'durable',
  );

async function follow(api: TestApi, path = '/stream', headers: Record<string, string> = {}) {
  const answer = await api.request(path, { headers });
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  return {
    status: answer.status,
    stop: () => reader?.cancel(),
    /** What came until the text holds `wanted`. */
    async until(wanted: string): Promise<string> {
      let text = '';
      while (!text.includes(wanted)) {
        const part = await reader?.read();
        if (part?.done !== false) throw new Error(`ended after: ${text}`);
        text += decoder.decode(part.value);
      }
      return text;
    },
    async isOver(): Promise<boolean> {
      for (;;) {
        const part = await reader?.read();
        if (part?.done !== false) return true;
      }
    },
  };
}

const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('the stream', () => {
  it('begins with a snapshot and goes on with what happens after it', async () => {
    const api = createTestApi();
    record(api, 3);
    const client = await follow(api);
    expect(await client.until('event: snapshot')).toContain('id: 3\n');
    record(api);
    api.clock.advance(LIMITS.streamLookMs);
    expect(idsIn(await client.until('id: 4'))).toEqual([4]);
    await client.stop();
  });

  it('goes on after the last event a client had, and from now for one of another database', async () => {
    const api = createTestApi();
    record(api, 5);
    const client = await follow(api, '/stream', { 'last-event-id': '2' });
    api.clock.advance(LIMITS.streamLookMs);
    expect(idsIn(await client.until('id: 5'))).toEqual([2, 3, 4, 5]);
    const stranger = await follow(api, '/stream', { 'last-event-id': '999' });
    expect(await stranger.until('snapshot')).toContain('id: 5\n');
    await client.stop();
    await stranger.stop();
  });

  it('tells only the topics that were asked for, and refuses unknown ones', async () => {
    const api = createTestApi();
    const client = await follow(api, '/stream?topics=lifecycle');
    record(api);
    api.store.log.append([anEvent('run.started')], 'durable');
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('event: lifecycle');
    expect(text).not.toContain('event: audit');
    await client.stop();
    expect((await api.request('/stream?topics=weather')).status).toBe(400);
  });

  it('tells only what is of the run that was asked for', async () => {
    const api = createTestApi({ runs: [aRun('run_1'), aRun('run_2')] });
    const client = await follow(api, '/stream?topics=audit,status&run_id=run_2');
    expect(await client.until('event: snapshot')).not.toContain('run_1');
    for (const runId of ['run_1', 'run_2']) {
      api.store.log.append([anEvent('audit.noted', {}, { runId: runId as RunId })], 'durable');
    }
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('event: status');
    expect(text.match(/^event: audit$/gm)).toHaveLength(1);
    expect(text).not.toContain('run_1');
    await client.stop();
  });

  it('tells of a run whose supervisor does not answer that it does not', async () => {
    const api = createTestApi({ runs: [aRun('run_1')], silent: ['run_2'] });
    const client = await follow(api, '/stream?topics=status');
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('event: status');
    const told = JSON.parse(/^event: status\ndata: (.*)$/m.exec(text)?.[1] ?? '');
    expect(told).toMatchObject([
      { run_id: 'run_1', phase: 'running' },
      { run_id: 'run_2', phase: 'not-answering', cpu_percent: null },
    ]);
    await client.stop();
  });

  it('reads only so much in one look for a client whom little concerns, and goes on in the next', async () => {
    const api = createTestApi();
    const batches = LIMITS.streamLookBatchesMax + 2;
    record(api, batches * LIMITS.streamBatchMax);
    api.store.log.append([anEvent('audit.noted', {}, { runId: 'run_x' as RunId })], 'durable');
    const read = vi.spyOn(api.store.reader, 'eventsAfter');
    const client = await follow(api, '/stream?topics=audit&run_id=run_x&last_event_id=1');
    api.clock.advance(LIMITS.streamLookMs);
    expect(read).toHaveBeenCalledTimes(LIMITS.streamLookBatchesMax);
    api.clock.advance(LIMITS.streamLookMs);
    expect(await client.until('event: audit')).toContain('run_x');
    await client.stop();
  });

  it('tells each reading of a run once, with its scores', async () => {
    const reading = (at: string) => aRun('run_1', { sample: { ...aSample(), at } });
    const runs = [reading('2026-01-01T00:00:01.000Z')];
    const api = createTestApi({ runs });
    const client = await follow(api, '/stream?topics=sample,audit');
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('event: sample');
    const data = /^event: sample\ndata: (.*)$/m.exec(text)?.[1] ?? '';
    const [sample] = liveSamples.parse(JSON.parse(data));
    expect(sample).toMatchObject({ run_id: 'run_1', at: '2026-01-01T00:00:01.000Z', attempt: 1 });
    api.clock.advance(2 * LIMITS.streamStatusMs);
    runs[0] = reading('2026-01-01T00:00:02.000Z');
    await new Promise(setImmediate);
    api.clock.advance(LIMITS.streamStatusMs + LIMITS.streamLookMs);
    const next = await client.until('event: sample');
    expect(next).toContain('00:00:02');
    expect(next).not.toContain('00:00:01');
    await client.stop();
  });

  it('tells the output of a run, of which run must be said', async () => {
    const output = { attempt: 1, first: 1, lines: ['one', 'two'], skippedBytes: 0 };
    const api = createTestApi({
      answer: () => ({ version: 1, ok: true, status: aRun('run_1'), output }),
    });
    const client = await follow(api, '/stream?topics=output&run_id=run_1');
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('event: output');
    const data = /^event: output\ndata: (.*)$/m.exec(text)?.[1] ?? '';
    expect(liveOutput.parse(JSON.parse(data))).toMatchObject({ first: 1, lines: ['one', 'two'] });
    await client.stop();
    const refused = await api.request('/stream?topics=output');
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('run_id');
  });

  it('ends with the key or session it was opened by, and for nobody else', async () => {
    const api = createTestApi();
    const { secret } = api.sessions.open('env');
    const [byNobody, byReader, bySession] = [
      await follow(api),
      await follow(api, '/stream', { authorization: 'Bearer reading-key' }),
      await follow(api, '/stream', { cookie: `flowforge_session_8080=${secret}` }),
    ];
    const beat = (): void => {
      for (let ms = 0; ms <= LIMITS.streamHeartbeatMs; ms += LIMITS.streamLookMs)
        api.clock.advance(LIMITS.streamLookMs);
    };
    api.revoked.add('reading-key');
    beat();
    expect(await byReader.isOver()).toBe(true);
    api.sessions.end(secret);
    expect(await bySession.until('still here')).not.toBe('');
    beat();
    expect(await bySession.isOver()).toBe(true);
    record(api);
    beat();
    expect(await byNobody.until('id: 1')).toContain('event: audit');
    await byNobody.stop();
  });

  it('says how many events are gone for one that comes back too late', async () => {
    const api = createTestApi();
    record(api, 5);
    const { handle } = openDatabase(api.databasePath, api.clock.now());
    handle.exec('DROP TRIGGER events_are_never_deleted');
    handle.exec('DELETE FROM events WHERE seq <= 3');
    handle.close();
    const client = await follow(api, '/stream?topics=audit', { 'last-event-id': '1' });
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('id: 5');
    expect(text).toContain('event: gap\ndata: {"missing":2,"from":2}');
    expect(idsIn(text)).toEqual([1, 4, 5]);
    await client.stop();
  });

  it('keeps a quiet line open', async () => {
    const api = createTestApi();
    const client = await follow(api, '/stream?topics=audit');
    await client.until('snapshot');
    api.clock.advance(LIMITS.streamHeartbeatMs + LIMITS.streamLookMs);
    expect(await client.until('still here')).toContain(': still here');
    await client.stop();
  });

  it('holds little for a client that reads nothing, hangs up on it, and it resumes without loss', async () => {
    const api = createTestApi();
    const client = await follow(api, '/stream?topics=audit', { 'last-event-id': '0' });
    record(api, 4_000);
    api.clock.advance(LIMITS.streamStalledMs + 2 * LIMITS.streamLookMs);
    let text = '';
    const reading = client.until('id: 4000').then((all) => {
      text = all;
    });
    await expect(reading).rejects.toThrow('ended after');
    await reading.catch((error: Error) => {
      text = error.message;
    });
    expect(text.length).toBeLessThan(2 * LIMITS.streamBufferBytesMax);
    const before = idsIn(text).filter((id) => id > 0);
    const last = before.at(-1) ?? 0;
    expect(before).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(last).toBeLessThan(4_000);
    const again = await follow(api, '/stream?topics=audit', { 'last-event-id': String(last) });
    api.clock.advance(LIMITS.streamLookMs);
    expect(idsIn(await again.until(`id: ${last + 1}`))[1]).toBe(last + 1);
    await again.stop();
  });

  it('takes as many clients as it says, and again when one has left', async () => {
    const api = createTestApi();
    const clients = [];
    for (let n = 0; n < LIMITS.streamClientsMax; n += 1) clients.push(await follow(api));
    const refused = await api.request('/stream');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    await clients[0]?.stop();
    const next = await follow(api);
    expect(next.status).toBe(200);
    for (const client of [...clients.slice(1), next]) await client.stop();
  });

  it('is followed by nobody who asks for its headers alone', async () => {
    const api = createTestApi();
    for (let n = 0; n < 2 * LIMITS.streamClientsMax; n += 1) {
      expect((await api.request('/stream', { method: 'HEAD' })).status).toBe(200);
    }
    const client = await follow(api);
    expect(client.status).toBe(200);
    expect(await (await api.request('/metrics')).text()).toContain('flowforge_sse_clients 1\n');
    await client.stop();
  });

  it('keeps a text in its event, whatever it looks like', async () => {
    const api = createTestApi();
    const client = await follow(api, '/stream?topics=audit');
    const reason = 'a\n\nid: 99\nevent: lifecycle\ndata: {}\r\r\u2028\0';
    api.store.log.append([anEvent('audit.noted', { reason })], 'durable');
    record(api);
    api.clock.advance(LIMITS.streamLookMs);
    const text = await client.until('id: 2');
    expect(idsIn(text)).toEqual([0, 1, 2]);
    expect(text.split('\n')).not.toContain('event: lifecycle');
    const told = text.split('\n').filter((line) => line.startsWith('data: {"seq":1,'));
    const first = told.join().slice('data: '.length);
    expect(JSON.parse(first)).toMatchObject({ seq: 1, reason });
    await client.stop();
  });

  it('ends when the API does', async () => {
    const api = createTestApi();
    const client = await follow(api);
    api.app.close();
    expect(await client.isOver()).toBe(true);
  });
});
