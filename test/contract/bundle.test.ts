import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packTar } from '../../src/adapters/evidence/tar.ts';
import { evidenceTools as tools } from '../../src/adapters/evidence/tools.ts';
import { exportBundle } from '../../src/ops/evidence.ts';
import { buildReport } from '../../src/ops/report.ts';
import { verifyBundle } from '../../src/ops/verify-bundle.ts';

import { evidenceScene, INCIDENT } from '../support/evidence-scene.ts';

const scene = evidenceScene();

const bundle = (about: Parameters<typeof exportBundle>[0]['about'] = { id: INCIDENT }) =>
  exportBundle({
    about,
    reader: scene.store.reader,
    archive: scene.store.archive,
    tools,
    now: scene.clock.now(),
    version: '2.0.0',
  });

describe('a bundle', () => {
  it('tells one incident in full, of other runs only digests, and verifies', () => {
    scene.tellStory();
    const { bytes, manifest } = bundle();
    expect(manifest).toMatchObject({ firstSeq: 2, lastSeq: 12, eventCount: 10, digestCount: 2 });
    const files = tools.unpack(bytes);
    expect(files.get('chain.tsv')).not.toContain('run_other');
    expect(verifyBundle(bytes, tools, scene.store.archive.publicKeyPem)).toMatchObject({
      ok: true,
      notes: [],
    });
    expect(verifyBundle(bytes, tools).notes).toHaveLength(1);
  });

  it('is the same file for the same evidence', () => {
    scene.tellStory();
    expect(Buffer.from(bundle().bytes).equals(Buffer.from(bundle().bytes))).toBe(true);
  });

  it('covers a period, and a run', () => {
    scene.tellStory();
    expect(bundle({ since: 0 as never }).manifest.eventCount).toBe(13);
    expect(bundle({ id: 'run_1' }).manifest.eventCount).toBe(10);
  });

  const edit = (bytes: Uint8Array, change: (files: Map<string, string>) => void): Uint8Array => {
    const files = new Map(tools.unpack(bytes));
    change(files);
    return packTar(files);
  };
  const inChain = (files: Map<string, string>, from: string | RegExp, to: string) =>
    files.set('chain.tsv', (files.get('chain.tsv') ?? '').replace(from, to));

  it('names the first bad row when an event was edited', () => {
    scene.tellStory();
    const bad = edit(bundle().bytes, (files) => inChain(files, 'of 7 lines', 'of 8 lines'));
    const { ok, faults } = verifyBundle(bad, tools);
    expect({ ok, first: faults[0] }).toEqual({
      ok: false,
      first: { seq: 6, problem: 'event 6 is not what was recorded' },
    });
  });

  it.each<[string, (files: Map<string, string>) => void]>([
    ['a removed row', (files) => inChain(files, /8\t.*\n/, '')],
    ['a row reduced to a digest', (files) => inChain(files, /\[8,.*\]/, '0'.repeat(64))],
    ['an edited report', (files) => files.set('report.md', 'all was well')],
    [
      'an edited manifest',
      (files) =>
        files.set('manifest.json', (files.get('manifest.json') ?? '').replace('2.0.0', '3.0.0')),
    ],
    ['an added file', (files) => files.set('extra.txt', 'x')],
    ['a removed file', (files) => files.delete('report.md')],
    ['another public key', (files) => files.set('public-key.pem', scene.keyOfAnother())],
    [
      'a checkpoint of another log',
      (files) =>
        files.set('checkpoint.txt', (files.get('checkpoint.txt') ?? '').replace(/log_./, 'log_x')),
    ],
  ])('gives away %s', (_name, change) => {
    scene.tellStory();
    expect(verifyBundle(edit(bundle().bytes, change), tools).ok).toBe(false);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, 2_000)],
    ['with something behind its end', (bytes) => Buffer.concat([bytes, Buffer.alloc(512)])],
    [
      'with a path in a name',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('chain.tsv', '../etc/xx'), 'latin1'),
    ],
    ['that is none', () => Buffer.from('PK\u0003\u0004')],
  ])('is refused when it is %s', (_name, change) => {
    scene.tellStory();
    const bad = change(Buffer.from(bundle().bytes));
    expect(() => verifyBundle(bad, tools)).toThrow('bundle');
  });

  it('is verified alike by a program that knows nothing of FlowForge', () => {
    scene.tellStory();
    const good = bundle().bytes;
    const bad = edit(good, (files) => inChain(files, 'of 7 lines', 'of 8 lines'));
    writeFileSync(scene.place.path('good.tar'), good);
    const files = new Map(tools.unpack(bad));
    writeFileSync(scene.place.path('bad.tar'), packTar(files));
    const verify = (name: string) =>
      spawnSync('python3', ['test/support/verify_bundle.py', scene.place.path(name)], {
        encoding: 'utf8',
      });
    expect(verify('good.tar')).toMatchObject({
      status: 0,
      stdout: 'ok: 10 events, signed up to 13\n',
    });
    expect(verify('bad.tar').status).toBe(4);
  });
});

describe('a report', () => {
  it('is one page that nothing can be smuggled into', () => {
    scene.tellStory();
    const { html, markdown, json } = buildReport(scene.store.reader, INCIDENT, scene.clock.now());
    expect(html).not.toMatch(/<script|<img|https?:|<[^>]*\son\w+=/i);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('<polyline');
    expect(html).toContain("default-src 'none'");
    expect(markdown).toContain('````\n<img src=x onerror=alert(1)>\n```\nlast\n````');
    expect(markdown).toContain('nothing (echild)');
    expect(JSON.parse(json).incident.exitReason).toBe('LOOP_DETECTED');
  });

  it('cannot be made of an incident that is not there', () => {
    expect(() => buildReport(scene.store.reader, 'inc_none', scene.clock.now())).toThrow(
      'no incident',
    );
  });
});
