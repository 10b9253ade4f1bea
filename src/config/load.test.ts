import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFlowForgeError } from '../core/error.ts';
import { PROFILE_POLICIES } from '../core/policy/policy.ts';
import type { Config } from './config.ts';
import { explainConfig, renderExplanation } from './explain.ts';
import { type Environment, type Flags, loadConfig } from './load.ts';

let root: string;
let project: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'flowforge-config-')));
  project = join(root, 'project', 'deep');
  mkdirSync(project, { recursive: true });
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

const load = (flags: Flags = {}, environment: Environment = {}): Promise<Config> =>
  loadConfig({
    flags,
    cwd: project,
    environment: {
      HOME: join(root, 'home'),
      XDG_CONFIG_HOME: join(root, 'config'),
      XDG_STATE_HOME: join(root, 'state'),
      ...environment,
    },
    systemFolder: join(root, 'etc'),
  });

/** The message of the error that `loading` fails with. */
async function failure(loading: Promise<Config>, code = 'FF_CONFIG_INVALID'): Promise<string> {
  try {
    await loading;
  } catch (error) {
    expect(isFlowForgeError(error)).toBe(true);
    expect(error).toMatchObject({ code });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it loaded');
}

describe('the precedence', () => {
  it('gives the standard policy where nobody says anything', async () => {
    const config = await load();
    expect(config.policy).toEqual(PROFILE_POLICIES.standard);
    expect(config.dbPath).toBe(join(root, 'state/flowforge/flowforge.db'));
    expect(config.warnings).toEqual([]);
    expect(config.origins['max-cpu']).toEqual({ from: 'default', where: 'default' });
  });

  it('is flag over variable over file over profile over default', async () => {
    const file = write(
      'project/flowforge.yaml',
      '# mine\nprofile: heavy\nmax-cpu: 50\nport: 1\ngrace: 1s\n',
    );
    const config = await load(
      { port: '3' },
      { FLOWFORGE_PORT: '2', FLOWFORGE_MAX_CPU: '60', FLOWFORGE_GRACE: '' },
    );
    expect(config.port).toBe(3);
    expect(config.policy.limits.maxCpuPercent).toBe(60);
    expect(config.policy.stop.graceMs).toBe(1_000);
    expect(config.policy.detection.startGraceMs).toBe(
      PROFILE_POLICIES.heavy.detection.startGraceMs,
    );
    expect(config.origins).toMatchObject({
      port: { from: 'flag', where: '--port' },
      'max-cpu': { from: 'environment', where: 'FLOWFORGE_MAX_CPU' },
      grace: { from: 'project-file', where: `${file}:5` },
      'start-grace': { from: 'profile', where: 'profile heavy' },
      'max-time': { from: 'default' },
    });
  });

  it('is project over user over system among the files', async () => {
    write('etc/flowforge.yaml', 'port: 1\ngrace: 1s\nmax-restarts: 9\n');
    write('config/flowforge/flowforge.yaml', 'port: 2\ngrace: 2s\n');
    write('project/flowforge.yaml', 'port: 3\n');
    const config = await load();
    expect([config.port, config.policy.stop.graceMs, config.policy.restart.maxRestarts]).toEqual([
      3, 2_000, 9,
    ]);
  });

  it('takes a named file and no other', async () => {
    write('config/flowforge/flowforge.yaml', 'port: 2\n');
    const named = write('elsewhere/my.yaml', 'grace: 3s\nbind-host: localhost\n');
    const config = await load({}, { FLOWFORGE_CONFIG: named });
    expect(config.port).toBe(8080);
    expect(config.policy.stop.graceMs).toBe(3_000);
    expect(await failure(load({ config: 'missing.yaml' }))).toContain(
      'missing.yaml: cannot be read',
    );
  });

  it('makes a relative place relative to whoever wrote it', async () => {
    write('project/flowforge.yaml', 'db: flowforge.db\n');
    expect((await load()).dbPath).toBe(join(root, 'project/flowforge.db'));
    expect((await load({ db: 'here.db' })).dbPath).toBe(join(project, 'here.db'));
    expect((await load({}, { FLOWFORGE_DB_PATH: '/abs.db' })).dbPath).toBe('/abs.db');
    const moved = await load({}, { FLOWFORGE_STATE_DIR: '/s', FLOWFORGE_CONFIG: '/dev/null' });
    expect(moved.dbPath).toBe('/s/flowforge.db');
  });

  it('turns --no-kill into a shadow rollout', async () => {
    write('project/flowforge.yaml', 'rollout: enforce\n');
    expect((await load({ 'no-kill': true })).policy.rollout).toBe('shadow');
  });

  it('gives a frozen result', async () => {
    const config = await load();
    expect(Object.isFrozen(config.policy.detection.mayStop)).toBe(true);
  });
});

describe('mistakes', () => {
  it('are told all at once, each with its place and what to do', async () => {
    const file = write(
      'project/flowforge.yaml',
      'max-cpuu: 50\npolicy-rollout: shadow\ngrace: soon\napi-key: hunter2hunter2\nconfig: x\n',
    );
    const message = await failure(load({ port: 'many' }, { FLOWFORGE_ROLLOUT: 'shdow' }));
    const [heading, ...lines] = message.split('\n');
    expect(heading).toBe('configuration: 7 mistakes');
    expect(new Set(lines)).toEqual(
      new Set([
        `  ${file}:1: max-cpuu is not a setting; did you mean max-cpu?`,
        `  ${file}:2: policy-rollout is not a setting; did you mean rollout?`,
        `  ${file}:3: grace: "soon" is not a duration from 0s to 1h, such as 10s, 5m or 1h30m`,
        `  ${file}:4: api-key does not belong in a file: set FLOWFORGE_API_KEY or …_FILE`,
        `  ${file}:5: config cannot be set in a file`,
        '  FLOWFORGE_ROLLOUT: "shdow" is not one of shadow, canary, enforce; did you mean shadow?',
        '  --port: "many" is not a whole number from 0 to 65535',
      ]),
    );
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['max-cpu: [', 'is not valid YAML'],
    ['max-cpu: 1\nmax-cpu: 2', 'duplicated mapping key'],
    ['- a\n- b', 'is not one mapping'],
    ['a: 1\n---\nb: 2', 'is not one mapping'],
    ['max-time:', 'max-time: null is not a duration'],
    ['max-memory: 512', 'max-memory: 512 is not a size'],
  ])('are found in %j', async (content, problem) => {
    write('project/flowforge.yaml', content);
    expect(await failure(load())).toContain(problem);
  });

  it('do not include an empty file', async () => {
    write('project/flowforge.yaml', '# nothing yet\n');
    expect((await load()).port).toBe(8080);
  });

  it('include a file that cannot be read', async () => {
    mkdirSync(join(root, 'project/flowforge.yaml'));
    expect(await failure(load())).toContain('flowforge.yaml: cannot be read');
  });

  it('include a file that is too large', async () => {
    write('project/flowforge.yaml', '#'.repeat(1024 * 1024 + 1));
    expect(await failure(load())).toContain('is larger than 1048576 bytes');
  });

  it('are warnings for variables that only look like ours', async () => {
    const { warnings } = await load({}, { FLOWFORGE_PROFLIE: 'heavy' });
    expect(warnings).toEqual([
      'FLOWFORGE_PROFLIE is not a variable of FlowForge; did you mean FLOWFORGE_PROFILE?',
    ]);
  });
});

describe("a project's file", () => {
  it.each([
    ['max-memory: 1GB', 'max-memory: 2GB', 'max-memory: 512MB'],
    ['max-time: 1h', 'max-time: none', 'max-time: 30m'],
    ['rollout: enforce', 'rollout: shadow', null],
    ['profile: standard', 'profile: light', 'profile: heavy'],
    ['on-runaway: stop', 'on-runaway: alert', 'on-runaway: restart'],
    ['isolate: true', 'isolate: false', null],
    ['leave-background: false', 'leave-background: true', null],
    ['require-containment: shim', 'require-containment: group', 'require-containment: pidns'],
    ['may-stop: output-loop', 'may-stop: []', 'may-stop: output-loop, hang'],
    ['progress-regex: ^step', 'progress-regex: .*', null],
    ['db: /mine.db', 'db: theirs.db', null],
    ['profile: heavy', 'stop-hold: 10m', 'stop-hold: 0s'],
  ])('may not loosen %j by %j', async (own, looser, stricter) => {
    write('config/flowforge/flowforge.yaml', own);
    const before = await load();
    write('project/flowforge.yaml', looser);
    const after = await load();
    expect(after.values).toEqual(before.values);
    expect(after.warnings).toHaveLength(1);
    if (stricter !== null) {
      write('project/flowforge.yaml', stricter);
      const tightened = await load();
      expect(tightened.warnings).toEqual([]);
      expect(tightened.values).not.toEqual(before.values);
    }
  });

  it('may loosen a default, and a flag may loosen anything', async () => {
    write('project/flowforge.yaml', 'rollout: shadow\n');
    expect((await load()).policy.rollout).toBe('shadow');
    write('config/flowforge/flowforge.yaml', 'rollout: canary\n');
    expect((await load({ rollout: 'shadow' })).policy.rollout).toBe('shadow');
  });

  it.each(['bind-host: 127.0.0.2', 'state-dir: /tmp'])('may not say %j', async (content) => {
    write('project/flowforge.yaml', content);
    expect(await failure(load())).toContain("may not be set by a project's file");
    write('config/flowforge/flowforge.yaml', content);
    write('project/flowforge.yaml', '');
    expect((await load()).warnings).toEqual([]);
  });
});

describe('the keys', () => {
  const hex = '0123456789abcdefABCDEF'.padEnd(64, '7');

  it('come from a variable or from the file that a variable names', async () => {
    const path = write('key', `${hex}\n`);
    const { masterKey } = await load({}, { FLOWFORGE_MASTER_KEY_FILE: path });
    expect(Buffer.from(masterKey ?? []).toString('hex')).toBe(hex.toLowerCase());
    expect((await load({}, { FLOWFORGE_API_KEY: 'long-enough' })).apiKey).toBe('long-enough');
  });

  it.each([
    { FLOWFORGE_MASTER_KEY: 'abc' },
    { FLOWFORGE_MASTER_KEY: '' },
    { FLOWFORGE_MASTER_KEY: `${hex}0` },
    { FLOWFORGE_MASTER_KEY_FILE: '/nowhere' },
    { FLOWFORGE_API_KEY: '' },
    { FLOWFORGE_API_KEY: 'has a space' },
  ])('are an error and never ignored: %j', async (environment) => {
    const message = await failure(load({}, environment), 'FF_KEY_INVALID');
    for (const value of Object.values(environment)) {
      if (value.length > 9 || value === 'abc') expect(message).not.toContain(`"${value}"`);
    }
  });

  it('never reach the command nor the explanation', async () => {
    const config = await load(
      {},
      { FLOWFORGE_API_KEY: 'very-secret-key', FLOWFORGE_MASTER_KEY: hex, OTHER: 'x' },
    );
    expect(config.childEnvironment).toMatchObject({ OTHER: 'x', PYTHONUNBUFFERED: '1' });
    const told = JSON.stringify([config.childEnvironment, explainConfig(config)]);
    expect(told).not.toContain('very-secret-key');
    expect(told.toLowerCase()).not.toContain(hex.toLowerCase());
  });

  it('leave what the user chose for Python', async () => {
    const { childEnvironment } = await load({}, { PYTHONUNBUFFERED: '' });
    expect(childEnvironment['PYTHONUNBUFFERED']).toBe('');
  });
});

describe('the explanation', () => {
  it('tells every setting with its value and its place', async () => {
    const file = write('project/flowforge.yaml', '\nmax-memory: 2GiB\n');
    const explained = explainConfig(await load({ 'max-time': '90' }));
    const lines = renderExplanation(explained).split('\n');
    expect(lines).toHaveLength(explained.length);
    expect(lines.find((line) => line.startsWith('max-memory '))).toMatch(
      new RegExp(`2GiB +${file}:2$`),
    );
    expect(lines.find((line) => line.startsWith('max-time '))).toMatch(/1m30s +--max-time$/);
    expect(lines.find((line) => line.startsWith('db '))).toContain('flowforge.db');
  });
});
