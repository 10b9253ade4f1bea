// What Prometheus and Grafana are given: judged by Prometheus's own tool where it is installed, and never naming a metric
// that there is not.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { METRICS } from '../../src/api/metric-names.ts';
import { createTestApi } from '../support/api.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy');
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function promtool(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    cwd: join(DEPLOY, 'prometheus'),
    encoding: 'utf8',
    input,
  });
  return { status, said: stdout + stderr };
}

describe.skipIf(!hasPromtool)('promtool', () => {
  it('finds nothing to object to in the alert rules and their tests', () => {
    expect(promtool(['check', 'rules', 'alerts.yml'])).toMatchObject({ status: 0 });
    expect(promtool(['test', 'rules', 'alerts.test.yml'])).toEqual({
      status: 0,
      said: expect.stringContaining('SUCCESS'),
    });
  });

  it('finds nothing to object to in the configuration', () => {
    expect(promtool(['check', 'config', '--syntax-only', 'prometheus.yml'])).toMatchObject({
      status: 0,
    });
  });

  it('finds nothing to object to in the metrics', async () => {
    const api = createTestApi();
    await api.request('/v1/runs');
    const text = await (await api.request('/metrics')).text();
    // “build_info” is how all exporters name it.
    const { status, said } = promtool(['check', 'metrics'], text);
    expect({ status, said }).toEqual({ status: 0, said: '' });
  });
});

describe('every metric', () => {
  const named = (text: string): readonly string[] =>
    [...text.matchAll(/\bflowforge_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );

  it.each([
    'prometheus/alerts.yml',
    'prometheus/alerts.test.yml',
    'grafana/dashboards/flowforge.json',
  ])('that %s names is told', (path) => {
    const names = named(read(path));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !(name in METRICS))).toEqual([]);
  });

  it('of the dashboard stands in a panel that says what it shows', () => {
    const { panels } = JSON.parse(read('grafana/dashboards/flowforge.json')) as {
      panels: { title: string; description: string; targets: { expr: string }[] }[];
    };
    for (const { title, description, targets } of panels) {
      expect([title, description]).not.toContain('');
      expect(targets.map(({ expr }) => expr).join()).toContain('flowforge_');
    }
  });
});

describe.skipIf(!hasPromtool)('every expression of the dashboard', () => {
  it('is one that Prometheus understands', () => {
    const { panels } = JSON.parse(read('grafana/dashboards/flowforge.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const rules = panels.flatMap(({ targets }) =>
      targets.map(
        ({ expr }, n) =>
          `      - { record: 'test:r${n}', expr: ${JSON.stringify(expr.replaceAll('$instance', '.*'))} }`,
      ),
    );
    const folder = mkdtempSync(join(tmpdir(), 'flowforge-rules-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'panels.yml');
    writeFileSync(file, `groups:\n  - name: g\n    rules:\n${rules.join('\n')}\n`);
    expect(promtool(['check', 'rules', '--lint=none', file])).toMatchObject({ status: 0 });
  });
});
