import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';

const TRACE = readFileSync(
  join(import.meta.dirname, '../fixtures/traces/runaway-identical-busy.trace'),
  'utf8',
);

describe('flowforge replay', () => {
  it('reads a log of half a gigabyte with bounded memory', async () => {
    const world = createWorld();
    const file = join(world.folder, 'big.log');
    const stream = createWriteStream(file);
    const block = Array.from({ length: 20_000 }, (_, n) => `row ${n} ${'x'.repeat(1200)}\n`).join(
      '',
    );
    for (let n = 0; n < 21; n++) stream.write(block);
    stream.end();
    await finished(stream);
    // More text than the heap may hold, and than one string can.
    const { run_ms: _, ...answer } = await world.json<{ lines: number; run_ms?: number }>(
      ...['replay', file, '--rate', '20000', '--to-the-end', '--profile', 'light'],
    );
    expect(answer.lines).toBe(420_000);
  }, 60_000);

  it.each<[string, string | Buffer, string]>([
    ['cut off', TRACE.slice(0, -10), `at byte ${TRACE.lastIndexOf('\n', TRACE.length - 2) + 1}`],
    ['of another version', TRACE.replace('"version":1', '"version":9'), 'version 9 (at byte 0)'],
    [
      'damaged behind bytes that are no text',
      Buffer.concat([
        Buffer.from(TRACE.slice(0, TRACE.indexOf('\n') + 1)),
        Buffer.from([0x6f, 0x20, 0x22, 0xc3, 0xbf, 0xff, 0x22, 0x0a]),
        Buffer.from('? what\n'),
      ]),
      `unknown record (at byte ${TRACE.indexOf('\n') + 9})`,
    ],
    ['without an end', `${TRACE.slice(0, 300)}${'x'.repeat(5_000_000)}`, 'too long'],
    [
      'of a header only',
      '{"format":"flowforge-trace","version":1',
      'ends in its header (at byte 39)',
    ],
  ])('refuses a trace that is %s, and names the byte', async (_, content, problem) => {
    const world = createWorld();
    const file = join(world.folder, 'bad.trace');
    writeFileSync(file, content);
    const { code, stderr } = await world.run('replay', file, '--to-the-end');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(problem) });
    expect(stderr).not.toContain('    at ');
  });

  it('takes traces and logs from standard input', async () => {
    const world = createWorld();
    const trace = await world.start(['replay', '-', '--json'], { input: TRACE }).finished;
    expect(JSON.parse(trace.stdout)).toMatchObject({ stop: { rule: 'output-loop' } });
    const log = await world.start(['replay', '-', '--json'], { input: 'one\ntwo\n' }).finished;
    expect(JSON.parse(log.stdout)).toMatchObject({ lines: 2, stop: null });
  });
});
