// Prints hundreds of secrets under guard and looks for each in everything that is left: files with their freed pages,
// reports, bundles, and every answer of the API.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { chanceOf } from '../../bench/detection/random.ts';
import { formsOf } from '../../src/core/redaction/encodings.ts';
import { createWorld, type World } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';
import {
  ALNUM,
  AROUND_SECRETS,
  randomText,
  SECRET_SHAPES,
  secretOf,
} from '../support/secret-shapes.ts';

const PROVIDER_SECRETS = 250;
const ENVIRONMENT_SECRETS = 50;
const KEY = 'a-key-of-the-test';

it('of 300 secrets that a run prints, none is found in what it leaves', {
  timeout: 90_000,
}, async () => {
  const chance = chanceOf(7);
  const environment = Object.fromEntries(
    Array.from({ length: ENVIRONMENT_SECRETS }, (_, n) => [
      `SERVICE_${n}_TOKEN`,
      randomText(chance, `${ALNUM}+/=$&`, 20),
    ]),
  );
  const tokens = Array.from({ length: PROVIDER_SECRETS }, (_, n) =>
    secretOf(SECRET_SHAPES[n % SECRET_SHAPES.length] ?? '', chance),
  );
  const forms = Object.values(environment).flatMap((value) => [...formsOf(value)]);
  const lines = [...tokens.map(({ text }) => text), ...forms].map((text) =>
    chance.pick(AROUND_SECRETS)(text),
  );
  const canaries = [...new Set([...tokens.flatMap(({ parts }) => parts), ...forms])];
  const world = createWorld({ ...environment, FLOWFORGE_API_KEY: KEY });
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-canaries-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'lines.txt');
  writeFileSync(file, lines.join('\n'));

  const script = `cat ${file}; cat ${file} >&2; exit 3`;
  const args = [`--password=${environment['SERVICE_0_TOKEN']}`, tokens[0]?.text ?? ''];
  const record = join(world.folder, 'run.trace');
  const ran = await world.run(
    'run',
    '--name',
    'sweep',
    '--record',
    record,
    '--',
    'sh',
    '-c',
    script,
    'sh',
    ...args,
  );
  expect(ran.code).toBe(3);
  const narrated = ran.stderr.split('\n').filter((line) => line.startsWith('flowforge:'));
  const left = [
    { name: 'what FlowForge said', text: narrated.join('\n') },
    ...(await exported(world)),
    ...(await served(world)),
    ...filesIn(world.folder),
  ];

  // The lines themselves were kept: what is looked for was there to be found.
  expect(readFileSync(record, 'utf8')).toContain('INFO got [REDACTED:');
  expect(left.length).toBeGreaterThan(15);
  const found = left.flatMap(({ name, text }) =>
    canaries.filter((canary) => text.includes(canary)).map((canary) => `${name}: ${canary}`),
  );
  expect(found).toEqual([]);
  // The search is able to find: the terminal of the user stays as it was.
  expect(canaries.filter((canary) => !ran.stdout.includes(canary))).toEqual([]);
});

interface Left {
  readonly name: string;
  readonly text: string;
}

async function exported(world: World): Promise<Left[]> {
  const asked = [
    ['report'],
    ['report', '--json'],
    ['report', '--html'],
    ['incidents', '--json'],
    ['timeline', '--json', '--limit', '500'],
    ['status', '--json'],
  ];
  const answers: Left[] = [];
  for (const args of asked) {
    const { stdout, stderr, code } = await world.run(...args);
    expect({ args, code, stderr }).toMatchObject({ code: 0 });
    answers.push({ name: args.join(' '), text: stdout + stderr });
  }
  const [incident] = await world.json<{ incident_id: string }[]>('incidents');
  const bundle = join(world.folder, 'bundle.tar');
  expect(
    (await world.run('evidence', 'export', incident?.incident_id ?? '', '-o', bundle)).code,
  ).toBe(0);
  expect((await world.run('backup', join(world.folder, 'copy.db'))).code).toBe(0);
  return answers;
}

async function served(world: World): Promise<Left[]> {
  const port = await freePort();
  const server = world.start(['serve', '--port', String(port)]);
  await server.seen('answers at');
  const base = `http://127.0.0.1:${port}`;
  const get = async (path: string): Promise<Left> => ({
    name: path,
    text: await (await fetch(base + path)).text(),
  });
  const runs = await get('/v1/runs');
  const [{ run_id }] = JSON.parse(runs.text);
  const incidents = await get('/v1/incidents');
  const [incident] = JSON.parse(incidents.text);
  const others = [
    `/v1/runs/${run_id}`,
    `/v1/runs/${run_id}/output`,
    `/v1/runs/${run_id}/samples`,
    `/v1/incidents/${incident.incident_id}`,
    `/v1/timeline?run_id=${run_id}&limit=500`,
    '/metrics',
    '/readyz?verbose',
    '/v1/policy',
  ];
  const answers = [runs, incidents, ...(await Promise.all(others.map(get)))];
  server.child.kill('SIGTERM');
  const { stdout, stderr } = await server.finished;
  return [...answers, { name: 'what serve said', text: stdout + stderr }];
}

function filesIn(folder: string): Left[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ name: path, text: readFileSync(path, 'latin1') }));
}

it('of our keys, none is found by the command in any process above it', async () => {
  const world = createWorld({ FLOWFORGE_API_KEY: KEY, FLOWFORGE_MASTER_KEY: 'ab'.repeat(32) });
  const script = `
import os
pid, guards = os.getpid(), 0
while pid > 1:
    pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    if pid == ${process.pid}: break
    held = open(f"/proc/{pid}/environ", "rb").read()
    guards += 1
    print("guard", guards, "LEAK" if b"FLOWFORGE_" in held and (b"${KEY}" in held or b"abab" in held) else "clean")`;
  const { stdout, code } = await world.run('run', '--', 'python3', '-c', script);
  expect(code).toBe(0);
  expect(stdout).toMatch(/guard 2 clean/);
  expect(stdout).not.toContain('LEAK');
});
