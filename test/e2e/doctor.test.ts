import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/flowforge.ts';

interface Diagnosis {
  readonly ok: boolean;
  readonly checks: readonly { name: string; state: string; detail: string; hint: string | null }[];
}

describe('flowforge doctor', () => {
  it('says how surely a tree is held, and where the evidence is', async () => {
    const world = createWorld();
    const { ok, checks } = await world.json<Diagnosis>('doctor');
    expect(ok).toBe(true);
    const details = new Map(checks.map(({ name, detail }) => [name, detail]));
    expect(details.get('containment')).toMatch(/^(shim|group)/);
    expect(details.get('evidence')).toBe(world.env['FLOWFORGE_DB_PATH']);
  });

  it('says what is bad and what to do, and ends with 3', async () => {
    const world = createWorld();
    writeFileSync(join(world.folder, 'file'), '');
    const { code, stdout } = await world.run('doctor', '--db', join(world.folder, 'file', 'x.db'));
    expect(code).toBe(3);
    expect(stdout).toMatch(/BAD {3}evidence: .*\n\s+\S+/);
  });
});

describe('a run that requires a containment', () => {
  it('is refused in one line where it is not to be had', async () => {
    const world = createWorld();
    const { code, stderr } = await world.run('run', '--require-containment', 'pidns', '--', 'true');
    // Without --isolate there is no namespace to be had.
    expect(code).toBe(125);
    expect(stderr).toMatch(/pidns/);
    expect((await world.run('run', '--require-containment', 'group', '--', 'true')).code).toBe(0);
  });
});
