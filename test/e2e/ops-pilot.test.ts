import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/flowforge.ts';
import { processesWith } from '../support/processes.ts';

interface Results {
  readonly interrupted: boolean;
  readonly results: readonly {
    readonly name: string;
    readonly result: string;
    readonly exit_reason: string | null;
    readonly exit_code: number | null;
    readonly remark: string;
  }[];
}

const resultsIn = (world: World): Results =>
  JSON.parse(readFileSync(join(world.folder, 'out/results.json'), 'utf8'));

function pilotFile(world: World, ...lines: string[]): void {
  writeFileSync(join(world.folder, 'pilot.txt'), `${lines.join('\n')}\n`);
}

/** What Python, whose csv and shlex others read our tables and write their commands with, makes of a text. */
function python<T>(program: string, input: string): T {
  const { stdout, stderr, status } = spawnSync(
    'python3',
    ['-c', `import csv, json, shlex, sys\n${program}`],
    { input, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('flowforge pilot', () => {
  it('classes what ends well, fails, hangs, is not found or prints binary, and quotes it all', async () => {
    const world = createWorld();
    const mark = `mark-${process.pid}-${performance.now()}`;
    pilotFile(
      world,
      `a,"b"|80|no intervention|sh -c 'printf "%s|%s\\n" "hi, there" "$0"' 'x"y'`,
      'missing|80|no intervention|/no/such/program',
      `binary|80|no intervention|sh -c 'head -c 300 /dev/urandom'`,
      `fails|80|COMMAND_FAILURE|sh -c 'exit 3'`,
      `hangs|80|no intervention|sh -c 'sleep 300; : ${mark}'`,
    );
    const args = ['pilot', 'pilot.txt', 'out', '--case-timeout', '2s', '--jobs', '2'];
    const { code } = await world.run(...args, '--fail-on-mismatch', '--keep-going');
    expect(code).toBe(1);
    expect(resultsIn(world).results.map((it) => [it.result, it.exit_reason, it.exit_code])).toEqual(
      [
        ['PASS', 'COMPLETED', 0],
        ['FAIL', 'COMMAND_FAILURE', 127],
        ['PASS', 'COMPLETED', 0],
        ['PASS', 'COMMAND_FAILURE', 3],
        ['FAIL', 'USER_TERMINATED', 143],
      ],
    );
    expect(processesWith(mark)).toEqual([]);
    const csv = readFileSync(join(world.folder, 'out/results.csv'), 'utf8');
    expect(csv.split('\r\n')[0]).toMatch(
      /^name,max_cpu,exit_code,loop_detected,expected,exit_reason,duration_s,decision_reason,/,
    );
    expect(csv).toContain('\r\n"a,""b""",80,0,no,no intervention,COMPLETED,');
    expect(readFileSync(join(world.folder, 'out/a-b.log'), 'utf8')).toBe('hi, there|x"y\n');
    for (const name of ['summary.md', 'incidents_snapshot.txt', 'week2-pilot.db', 'fails.result']) {
      expect(readFileSync(join(world.folder, 'out', name)).length).toBeGreaterThan(0);
    }
  });

  it('runs a file with a comma and a quote in every name and command to its end, and writes a table that others can read', async () => {
    const world = createWorld();
    const mark = `mark-${process.pid}-${performance.now()}`;
    const oddities = [
      `'single "double" inside'`,
      `"double 'single' inside"`,
      `back\\ slash\\ blanks`,
      `"a \\"quote\\" and a \\\\ backslash"`,
      `'a'"b"c\\d`,
      `'' "" end`,
      `'pipe | inside' "and | here"`,
      `'#no comment' #word`,
      `'$HOME' "$HOME" $HOME \`date\``,
      `'it'\\''s'`,
      `*.ts ~ {a,b} [x] ;&<>`,
      `é 😀 "  wide  " 'tab\there'`,
    ].map((odd) => `${odd} 'comma, "and quote"'`);
    const ends = [
      ['hangs', `sh -c 'sleep 300; : ${mark}' ', "'`, 'FAIL', 'USER_TERMINATED', '143'],
      ['missing', `'/no/such, "program"'`, 'FAIL', 'COMMAND_FAILURE', '127'],
      ['binary', `sh -c 'head -c 5000 /dev/urandom' ', "'`, 'PASS', 'COMPLETED', '0'],
    ] as const;
    const cases = [
      ...oddities.map((odd, i) => [`${i}`, `printf '<%s>\\n' ${odd}`, 'PASS', 'COMPLETED', '0']),
      ...ends,
    ];
    pilotFile(
      world,
      ...cases.map(([name, command]) => `odd,"${name}"|80|no intervention|${command}`),
    );
    const args = ['pilot', 'pilot.txt', 'out', '--jobs', '4', '--case-timeout', '4s'];
    const { code, stderr } = await world.run(...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(processesWith(mark)).toEqual([]);
    const words = python<string[][]>(
      'print(json.dumps([shlex.split(text) for text in json.load(sys.stdin)]))',
      JSON.stringify(oddities),
    );
    expect(
      oddities.map((_odd, i) => readFileSync(join(world.folder, `out/odd-${i}.log`), 'utf8')),
    ).toEqual(words.map((all) => `${all.map((word) => `<${word}>`).join('\n')}\n`));
    const rows = python<Record<string, string>[]>(
      'print(json.dumps(list(csv.DictReader(sys.stdin, strict=True, restkey="too many"))))',
      readFileSync(join(world.folder, 'out/results.csv'), 'utf8'),
    );
    expect(
      rows.map((row) => [row['name'], row['result'], row['exit_reason'], row['exit_code']]),
    ).toEqual(
      cases.map(([name, , result, reason, status]) => [`odd,"${name}"`, result, reason, status]),
    );
    expect(
      rows.filter((row) => 'too many' in row || Object.values(row).includes(null as never)),
    ).toEqual([]);
    expect(rows.at(-2)?.['remark']).toContain('/no/such, "program"');
  });

  it('says everything that is wrong with a file before it runs anything of it', async () => {
    const world = createWorld();
    pilotFile(world, 'one|80|no intervention|touch ran', 'two|x|no intervention|a "b', 'three');
    const { code, stderr } = await world.run('pilot', 'pilot.txt', 'out');
    expect(code).toBe(2);
    expect(stderr.match(/pilot\.txt:\d+:\d+/g)).toEqual([
      'pilot.txt:2:5',
      'pilot.txt:2:25',
      'pilot.txt:3:6',
    ]);
    expect(() => readFileSync(join(world.folder, 'ran'))).toThrow();
  });

  it('leaves nothing running when it is interrupted, says so, and goes on from there', async () => {
    const world = createWorld();
    const mark = `mark-${process.pid}-${performance.now()}`;
    pilotFile(
      world,
      'quick|80|no intervention|true',
      `slow|80|no intervention|sh -c 'echo up; sleep 300; : ${mark}'`,
      'never|80|no intervention|true',
    );
    const pilot = world.start(['pilot', 'pilot.txt', 'out']);
    await pilot.seen('slow has begun');
    pilot.child.kill('SIGINT');
    expect((await pilot.finished).signal).toBe('SIGINT');
    expect(processesWith(mark)).toEqual([]);
    const { interrupted, results } = resultsIn(world);
    expect(interrupted).toBe(true);
    expect(results.map(({ result }) => result)).toEqual(['PASS', 'INTERRUPTED', 'NOT RUN']);

    const again = ['pilot', 'pilot.txt', 'out', '--resume', '--case-timeout', '1s'];
    const { stderr } = await world.run(...again);
    expect(stderr).not.toContain('quick has begun');
    expect(resultsIn(world).results.map(({ result }) => result)).toEqual(['PASS', 'FAIL', 'PASS']);
  });

  it('fails the first pilot where a worker is not what it should be', async () => {
    const world = createWorld();
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    world.env['PATH'] = `${bin}:${world.env['PATH']}`;
    const args = ['pilot', '--preset', 'week1', 'out', '--only', 'healthy,runaway'];
    expect((await world.run(...args)).code).toBe(1);
    expect(resultsIn(world).results).toContainEqual(
      expect.objectContaining({ name: 'runaway', result: 'FAIL', exit_reason: 'COMPLETED' }),
    );
  });

  it('ends at the first mismatch where it is asked to', async () => {
    const world = createWorld();
    pilotFile(world, 'bad|80|LEAK_DETECTED|true', 'next|80|no intervention|true');
    const { code } = await world.run('pilot', 'pilot.txt', 'out', '--fail-on-mismatch');
    expect(code).toBe(1);
    expect(resultsIn(world).results.map(({ result }) => result)).toEqual(['FAIL', 'NOT RUN']);
  });

  it('acts on nothing in shadow, and says what it would have done', async () => {
    const world = createWorld();
    const leak = 'b = bytearray(120_000_000); import time; time.sleep(4)';
    pilotFile(world, `leak|80|SAFETY_LIMIT_EXCEEDED|python3 -c '${leak}'`);
    world.env['FLOWFORGE_MAX_MEMORY'] = '50MB';
    await world.run('pilot', 'pilot.txt', 'out', '--shadow');
    const [leaked] = resultsIn(world).results;
    expect(leaked).toMatchObject({ result: 'PASS', exit_code: 0 });
    expect(leaked?.remark).toContain('would have been stopped');
  });
});
