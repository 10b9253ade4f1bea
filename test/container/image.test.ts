// The image, run with exactly the flags of the operations guide and looked at from outside. scripts/container_test.sh
// builds it; FLOWFORGE_CONTAINER_TEST=full adds what takes minutes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type Container,
  guidesCommand,
  guidesDockerfile,
  IMAGE,
  makeEvents,
  podman,
  runAsTheGuideSays,
  SLIM_IMAGE,
} from '../support/container.ts';
import { childrenOf, processesWith, until } from '../support/processes.ts';

const root = resolve(import.meta.dirname, '../..');
const isFull = process.env['FLOWFORGE_CONTAINER_TEST'] === 'full';
const MB = 1_000_000;
const RUNAWAY = [
  'flowforge',
  'run',
  '--profile',
  'heavy',
  '--',
  'python3',
  '/usr/local/lib/flowforge/demo/runaway.py',
];

const tell = (what: string): void => void process.stderr.write(`  figure: ${what}\n`);
const sizeOf = (image: string): number =>
  Number(podman('image', 'inspect', image, '--format', '{{.Size}}').stdout);

interface Incident {
  readonly incident_id: string;
  readonly exit_reason: string;
}
interface Check {
  readonly state: string;
  readonly detail: string;
}

/** Settles when so many runs are under guard. */
const running = (box: Container, count: number): Promise<void> =>
  expect
    .poll(
      async () => {
        const runs = (await (await box.ask('/v1/runs')).json()) as { phase: string | null }[];
        return runs.filter(({ phase }) => phase === 'running').length;
      },
      { timeout: 20_000 },
    )
    .toBe(count);

describe('the Dockerfile', () => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');

  it('promises the same of both images', () => {
    const [, slim = '', whole = ''] = text.split(/^FROM (?:scratch|\$\{BASE_IMAGE\}).*$/m);
    const promises = (stage: string): readonly string[] =>
      stage
        .split('\n')
        .filter((it) => /^(?:ENV|WORKDIR|USER|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) /.test(it));
    expect(promises(slim)).toHaveLength(7);
    expect(promises(whole)).toEqual(promises(slim));
  });

  it('labels what is built by hand with the version, too', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const [globals = '', ...stages] = text.split(/^FROM .*$/m);
    expect(globals).toContain(`\nARG VERSION=${version}\n`);
    const labelled = stages.filter((stage) => stage.includes('image.version'));
    expect(labelled).toHaveLength(2);
    for (const stage of labelled) expect(stage).toMatch(/^ARG VERSION$/m);
  });

  it('is run by the guide without a privilege, and with the keys that it needs', () => {
    expect(guidesCommand('docker run --read-only')).toMatch(
      /^docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges +--tmpfs \/tmp:rw,noexec,nosuid,size=64m +-e FLOWFORGE_API_KEY=.* -e FLOWFORGE_MASTER_KEY=.* +-p 8080:8080 flowforge$/,
    );
  });
});

describe.runIf(IMAGE !== '')('the container of the operations guide', () => {
  let box: Container;
  beforeAll(async () => {
    box = await runAsTheGuideSays();
  }, 120_000);
  afterAll(() => box?.remove());

  it('is ready, and warns of evidence that lies in memory', async () => {
    const { status, checks } = (await (await box.ask('/readyz')).json()) as {
      status: string;
      checks: Record<string, Check>;
    };
    expect(status).toBe('ready');
    expect(checks['database']?.state).toBe('ok');
    expect(checks['place']).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('in memory, in /tmp/flowforge-65532: at most 32 MB are kept'),
    });
    expect(box.logs()).toContain('the evidence lies in memory');
    expect((await box.ask('/healthz')).status).toBe(200);
    const health = box.exec('flowforge', 'status', '--ready');
    expect([health.status, health.stdout]).toEqual([0, expect.stringContaining('ok   database')]);
    tell(`cold start to ready ${Math.round(box.readyMs)} ms, of at most 2000`);
    const [node = 0] = childrenOf(box.pid);
    const [, rss = '0'] =
      /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${node}/status`, 'latin1')) ?? [];
    tell(`memory ${Math.round((Number(rss) * 1024) / MB)} MB, of at most 90`);
  });

  it('has no privilege, no capability, and nothing it can write or execute that it should not', () => {
    const status = box.exec('cat', '/proc/1/status').stdout;
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^Gid:\t65532\t65532\t65532\t65532$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(status).toMatch(new RegExp(`^Cap${set}:\t0+$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(
      box
        .exec('touch', '/here', '/usr/local/lib/flowforge/here', '/data/here')
        .stderr.match(/Read-only file system/g),
    ).toHaveLength(3);
    const run = box.exec(
      'sh',
      '-c',
      'cp /bin/true /tmp/true && /tmp/true; code=$?; rm /tmp/true; exit $code',
    );
    expect(run.status).toBe(126);
  });

  it('passes on the licences of what is in it', () => {
    const folder = '/usr/local/lib/flowforge';
    const names = ['LICENSE', 'LICENSE.node', 'dist/licences.txt'].map((it) => `${folder}/${it}`);
    const { stdout, stderr } = box.exec('cat', ...names);
    expect(stderr).toBe('');
    for (const holder of ['Apache License', 'Node.js is licensed for use', 'Niels Martignène'])
      expect(stdout).toContain(holder);
  });

  it('answers to who has the key, and shows the dashboard, metrics and the timeline', async () => {
    for (const path of ['/timeline', '/metrics', '/v1/runs']) {
      expect([path, (await fetch(`${box.base}${path}`)).status]).toEqual([path, 401]);
      expect([path, (await box.ask(path)).status]).toEqual([path, 200]);
    }
    const kill = { method: 'POST', body: '{}' };
    expect(
      (
        await fetch(`${box.base}/process/kill`, {
          ...kill,
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(401);
    expect((await box.ask('/process/kill', kill)).status).toBe(404);
    expect(await (await box.ask('/metrics')).text()).toContain('\nflowforge_ready 1\n');
    const page = await fetch(`${box.base}/ui/`);
    expect([page.status, await page.text()]).toEqual([
      200,
      expect.stringContaining('<title>FlowForge'),
    ]);
    expect((await fetch(`${box.base}/healthz`)).status).toBe(200);
  });

  it('writes a configuration whose schema is there', () => {
    expect(box.exec('flowforge', 'init', '--output', '/tmp/flowforge.yaml').status).toBe(0);
    const schema = box.exec('sed', '-n', 's/.*\\$schema=//p', '/tmp/flowforge.yaml').stdout.trim();
    expect(box.exec('test', '-s', schema).status).toBe(0);
  });

  it('stops a runaway, and shows why', async () => {
    const run = box.exec(...RUNAWAY);
    expect([run.status, run.stderr]).toEqual([
      124,
      expect.stringContaining('nothing is left of it'),
    ]);
    const incidents = (await (await box.ask('/incidents')).json()) as Incident[];
    expect(incidents[0]?.exit_reason).toBe('LOOP_DETECTED');
    const items = (await (await box.ask('/timeline?limit=500')).json()) as { type: string }[];
    expect(new Set(items.map(({ type }) => type))).toEqual(
      new Set(['lifecycle', 'decision', 'incident', 'audit']),
    );
  });

  it('keeps its keys from the command, and reaps what the command leaves behind', async () => {
    const look = 'cat /proc/*/environ; env; (setsid sleep 0.1 &)';
    const { stdout } = box.exec('flowforge', 'run', '--', 'sh', '-c', look);
    expect(stdout).toContain('FLOWFORGE_RUN_ID=');
    expect(stdout).not.toContain(box.key);
    // Not even of a health check that is caught in the act.
    const owners = box.exec(
      'flowforge',
      'run',
      '--',
      'sh',
      '-c',
      'stat -c %u /proc/1/environ /proc/1/mem /proc/$PPID/environ',
    );
    expect(owners.stdout).toBe('0\n0\n65532\n');
    box.exec('sh', '-c', '(sh -c "sleep 0.05; exit 1" &)');
    await until(
      () => childrenOf(box.pid).length === 1,
      'nothing but FlowForge is left to its first process',
    );
  });

  it('ends within the time that Docker gives, its runs in order, and nothing is left', async () => {
    const runs = [
      box.begin(
        'flowforge',
        'run',
        '--',
        'sh',
        '-c',
        'trap "echo tidied; exit" TERM; while :; do sleep 0.05; done # 61.93',
      ),
      box.begin('flowforge', 'run', '--', 'sh', '-c', 'trap "" TERM; sleep 62.93; sleep 62.93'),
    ];
    await running(box, 2);
    const { code, tookMs } = box.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    const [tidy, stubborn] = await Promise.all(runs);
    // Podman may lose the status of what it started in a container that ends, not what that said.
    expect(tidy?.said).toContain('tidied');
    expect(stubborn?.said).toContain('nothing is left of it');
    expect([...processesWith('61.93'), ...processesWith('62.93')]).toEqual([]);
  });

  it('keeps the evidence on a volume over a restart', async () => {
    const kept = await runAsTheGuideSays(`-v flowforge-test-${process.pid}:/data`);
    onTestFinished(() => {
      kept.remove();
      podman('volume', 'rm', '--force', `flowforge-test-${process.pid}`);
    });
    const run = kept.begin('flowforge', 'run', '--name', 'job', '--', 'sleep', '63.93');
    await running(kept, 1);
    expect(kept.stop().code).toBe(0);
    expect((await run).said).toContain('nothing is left of it');
    await kept.restart();
    const runs = (await (await kept.ask('/v1/runs')).json()) as {
      name: string;
      exit_reason: string;
    }[];
    expect(runs).toEqual([
      expect.objectContaining({ name: 'job', exit_reason: 'USER_TERMINATED' }),
    ]);
    expect(kept.exec('flowforge', 'evidence', 'verify', '--db').status).toBe(0);
    expect(kept.logs()).not.toContain('in memory');
  });

  it('is no larger than it should be', () => {
    const [whole, slim] = [sizeOf(IMAGE), sizeOf(SLIM_IMAGE)];
    tell(
      `image ${Math.round(whole / MB)} MB, of at most 300; slim ${Math.round(slim / MB)} MB, of at most 180`,
    );
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThanOrEqual(300 * MB);
    expect(slim).toBeLessThanOrEqual(180 * MB);
  });

  it.each([IMAGE, SLIM_IMAGE])('says what %s is, and how its health is asked', (image) => {
    const [told] = JSON.parse(podman('image', 'inspect', image).stdout);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(told.Config.Labels).toMatchObject({
      'org.opencontainers.image.title': expect.stringContaining('FlowForge'),
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
    });
    expect(told.Config.User).toBe('65532:65532');
    expect(told.Healthcheck.Test).toEqual(['CMD', 'flowforge', 'status', '--ready']);
  });

  it('guards a command instead of serving, also without a key', () => {
    const [, rest = ''] = guidesCommand('docker run --rm flowforge run --').split(
      ' run --rm flowforge ',
    );
    expect(rest).toBe('run -- python3 your_script.py');
    const alone = (...command: string[]) =>
      podman(
        'run',
        '--rm',
        '--no-healthcheck',
        '--read-only',
        '--tmpfs',
        '/tmp',
        IMAGE,
        ...command,
      );
    expect(alone('run', '--', 'sh', '-c', 'exit 7').status).toBe(7);
    expect(alone('run', '--', 'sh', '-c', 'kill -TERM $$').status).toBe(128 + 15);
    const keyless = alone();
    expect([keyless.status, keyless.stderr]).toEqual([
      2,
      expect.stringContaining('there is no key'),
    ]);
  });
});

describe.runIf(IMAGE !== '' && isFull)('the container, at length,', () => {
  it('withstands a flood of output and 50,000 events in 64 MB of memory', async () => {
    const box = await runAsTheGuideSays();
    onTestFinished(() => box.remove());
    const flood = box.exec(
      'flowforge',
      'run',
      '--',
      'sh',
      '-c',
      'yes "a line of a flood of output" | head -c 24000000 | tail -c 1; echo; yes | head -c 24000000',
    );
    expect([flood.status, flood.stdout.length]).toEqual([0, 24_000_002]);
    expect(box.exec(...RUNAWAY).status).toBe(124);
    const fullest = await makeEvents(box, 50_000);
    const [last] = (await (await box.ask('/timeline?limit=1')).json()) as { seq: number }[];
    tell(`${last?.seq} events, /tmp at most ${fullest} % full`);
    expect(last?.seq).toBeGreaterThanOrEqual(50_000);
    expect(fullest).toBeLessThan(98);
    expect((await box.ask('/readyz')).status).toBe(200);
    expect(box.logs()).not.toMatch(/ENOSPC|full|lost/);
    expect(box.exec(...RUNAWAY).status).toBe(124);
    expect(box.exec('flowforge', 'evidence', 'verify', '--db').status).toBe(0);
    expect(box.stop().code).toBe(0);
  }, 600_000);

  it('gives its guard to another image by one COPY', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowforge-image-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
      podman('rmi', '--force', 'localhost/flowforge-own:test');
    });
    writeFileSync(join(folder, 'Dockerfile'), guidesDockerfile('localhost/debian:slim'));
    const built = podman(
      'build',
      '--isolation=chroot',
      '--tag',
      'localhost/flowforge-own:test',
      folder,
    );
    expect([built.status, built.stderr]).toMatchObject([0, expect.anything()]);
    const run = podman(
      'run',
      '--rm',
      '--network=none',
      'localhost/flowforge-own:test',
      'sh',
      '-c',
      'echo guarded; exit 5',
    );
    expect([run.status, run.stdout]).toEqual([5, 'guarded\n']);
    const doctor = podman(
      'run',
      '--rm',
      '--network=none',
      '--entrypoint',
      'flowforge',
      'localhost/flowforge-own:test',
      'doctor',
    );
    expect([doctor.status, doctor.stdout]).toEqual([
      0,
      expect.stringContaining('containment: shim'),
    ]);
  });

  it('serves from the slim image, which has no shell', () => {
    const name = `flowforge-slim-${process.pid}`;
    onTestFinished(() => void podman('rm', '--force', '--time', '0', name));
    podman(
      'run',
      '-d',
      '--name',
      name,
      '--no-healthcheck',
      '--read-only',
      '--tmpfs',
      '/tmp:rw,noexec',
      '-e',
      'FLOWFORGE_API_KEY=a-long-enough-key',
      SLIM_IMAGE,
    );
    expect(podman('exec', name, 'sh', '-c', ':').status).not.toBe(0);
    return until(
      () => podman('exec', name, 'flowforge', 'status', '--ready').status === 0,
      'it is ready',
    );
  });

  it('lets any user run it', () => {
    const run = podman(
      'run',
      '--rm',
      '--no-healthcheck',
      '--user',
      '12345:12345',
      '--read-only',
      '--tmpfs',
      '/tmp',
      IMAGE,
      'run',
      '--',
      'id',
      '-u',
    );
    expect([run.status, run.stdout]).toEqual([0, '12345\n']);
    expect(run.stderr).toContain('/tmp/flowforge-12345');
  });
});
