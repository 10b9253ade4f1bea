// The steps of a release checkpoint. What the local gate is stands in one place, the `check` script of package.json:
// its parts are run from there, the tests on their own.

import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ownCommand } from '../compose/installed.ts';
import { startCommand } from './bounded-command.ts';
import { componentNames, refusal, weaknessesOf } from './checkpoint-audit.ts';
import {
  bundleSize,
  DOCUMENTS,
  isWithinTests,
  missingDocuments,
  trackedFiles,
  versions,
} from './checkpoint-looks.ts';
import type { Checked, CheckpointScene, CheckpointStep } from './checkpoint-step.ts';
import { splitWords } from './pilot-words.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Every step, in order: what is quick and often wrong comes first. */
export const CHECKPOINT_STEPS: readonly CheckpointStep[] = [
  {
    name: 'tracked-files',
    title: 'no secret or runtime file tracked',
    usualMs: SECOND,
    run: trackedFiles,
  },
  { name: 'check', title: 'format, types, imports, unused code', usualMs: 30 * SECOND, run: check },
  { name: 'build', title: 'build', usualMs: 3 * SECOND, run: build },
  { name: 'versions', title: 'one version everywhere', usualMs: SECOND, run: versions },
  { name: 'bundle-size', title: 'size of the build', usualMs: SECOND, run: bundleSize },
  {
    name: 'documents',
    title: 'documents present, their tests green',
    usualMs: 30 * SECOND,
    run: documents,
  },
  {
    name: 'audit',
    title: 'known weaknesses of what is shipped',
    usualMs: 5 * SECOND,
    run: audit,
  },
  { name: 'demo', title: 'demo', usualMs: 15 * SECOND, run: demo },
  { name: 'drill', title: 'recovery drill', usualMs: 25 * SECOND, run: drill },
  { name: 'detection', title: 'detection as good as promised', usualMs: MINUTE, run: detection },
  { name: 'test', title: 'every test', usualMs: 8 * MINUTE, run: test },
];

const skipped = (detail: string): Checked => ({ result: 'SKIPPED', detail });
const failed = (detail: string): Checked => ({ result: 'FAIL', detail });
const passed = (detail: string): Checked => ({ result: 'PASS', detail });

/** Runs a command of a step; its output is `<log>.log`, its stdout `<log>.out` where that is wanted apart. */
async function command(
  scene: CheckpointScene,
  { log, argv, timeoutMs, isApart = false }: CommandOf,
) {
  const stdoutPath = join(scene.folder, `${log}.out`);
  const running = startCommand({
    argv,
    cwd: scene.root,
    environment: { ...scene.environment, PATH: pathOf(scene) },
    logPath: join(scene.folder, `${log}.log`),
    timeoutMs,
    ...(isApart ? { stdoutPath } : {}),
  });
  scene.begun(running);
  const end = await running.ended;
  return { ...end, stdout: isApart ? readFileSync(stdoutPath, 'utf8') : '' };
}

interface CommandOf {
  readonly log: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly isApart?: boolean;
}

/** The tools of the checkout, and the Node that runs this. */
const pathOf = ({ root, environment }: CheckpointScene): string =>
  [
    join(root, 'node_modules/.bin'),
    dirname(process.execPath),
    environment['PATH'] ?? '/usr/bin:/bin',
  ].join(delimiter);

function wordsOf(line: string): readonly string[] {
  const split = splitWords(line);
  return split.type === 'words' ? split.words : [line];
}

const scriptsOf = (root: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

async function check(scene: CheckpointScene): Promise<Checked> {
  const parts = (scriptsOf(scene.root)['check'] ?? '').split(' && ');
  const gates = parts.filter((part) => !part.startsWith('vitest'));
  for (const [i, gate] of gates.entries()) {
    const log = `check-${i + 1}`;
    const end = await command(scene, { log, argv: wordsOf(gate), timeoutMs: 5 * MINUTE });
    if (end.exitCode !== 0) return failed(`${gate}: ${howEnded(end)}; see ${log}.log`);
  }
  return passed(`${gates.length} gates green: ${gates.join(', ')}`);
}

const howEnded = ({ exitCode, isTimedOut }: { exitCode: number | null; isTimedOut: boolean }) =>
  isTimedOut ? 'took too long' : `ended with ${exitCode ?? 'a signal, or could not be started'}`;

async function build(scene: CheckpointScene): Promise<Checked> {
  const script = join(scene.root, 'scripts/build.ts');
  if (!existsSync(script)) return skipped('this is not a checkout');
  const argv = [process.execPath, ...process.execArgv, script];
  const end = await command(scene, { log: 'build', argv, timeoutMs: 3 * MINUTE });
  if (end.exitCode !== 0) return failed(`the build ${howEnded(end)}; see build.log`);
  return passed(`built in ${(end.durationMs / SECOND).toFixed(1)} s`);
}

async function documents(scene: CheckpointScene): Promise<Checked> {
  const missing = missingDocuments(scene.root);
  if (missing.length > 0) return failed(`missing: ${missing.join(', ')}`);
  const present = `${DOCUMENTS.length} documents present`;
  if (isWithinTests()) return passed(`${present}; their tests are already under way`);
  const tests = ['test/docs.test.ts', 'test/e2e/ops-docs.test.ts'];
  const end = await vitest(scene, 'documents', tests);
  return end.result === 'PASS' ? passed(`${present}; ${end.detail}`) : end;
}

async function test(scene: CheckpointScene): Promise<Checked> {
  if (isWithinTests()) return skipped('the tests themselves have started this');
  return vitest(scene, 'test', []);
}

async function vitest(
  scene: CheckpointScene,
  log: string,
  files: readonly string[],
): Promise<Checked> {
  const out = join(scene.folder, `${log}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${out}`];
  const argv = ['vitest', 'run', ...reporters, ...files];
  const end = await command(scene, { log, argv, timeoutMs: 25 * MINUTE });
  const counts = readCounts(out);
  const detail = `${counts ?? 'no count'}; see ${log}.log`;
  return end.exitCode === 0 && counts ? passed(counts) : failed(`${howEnded(end)}: ${detail}`);
}

function readCounts(path: string): string | null {
  if (!existsSync(path)) return null;
  const it = JSON.parse(readFileSync(path, 'utf8'));
  const rest = Number(it.numPendingTests) + Number(it.numTodoTests);
  return `${it.numPassedTests} passed, ${it.numFailedTests} failed, ${rest} skipped`;
}

async function audit(scene: CheckpointScene): Promise<Checked> {
  const bill = join(scene.root, 'dist/sbom.cdx.json');
  if (!existsSync(bill)) return failed('there is no build with a bill of materials');
  const argv = ['npm', 'audit', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  const end = await command(scene, { log: 'audit', argv, timeoutMs: MINUTE, isApart: true });
  const shipped = componentNames(readFileSync(bill, 'utf8'));
  const found = weaknessesOf(end.stdout, shipped);
  if (!found) return skipped(`no answer from the registry: ${refusal(end.stdout)}`);
  const names = found.map(({ name, severity }) => `${name} (${severity})`);
  if (names.length > 0) return failed(names.join(', '));
  return passed(`no known weakness of the ${shipped.size} packages in the build`);
}

async function demo(scene: CheckpointScene): Promise<Checked> {
  const environment = {
    ...scene.environment,
    FLOWFORGE_DB_PATH: join(scene.folder, 'demo.db'),
    FLOWFORGE_API: 'false',
  };
  const argv = [...ownCommand(), 'demo', '--json'];
  const own = { ...scene, environment };
  const end = await command(own, { log: 'demo', argv, timeoutMs: 2 * MINUTE, isApart: true });
  if (end.exitCode !== 0) return failed(`${howEnded(end)}; see demo.log`);
  const { detectedAfterSeconds, cpuPeakPercent } = JSON.parse(end.stdout);
  return passed(
    `stopped after ${detectedAfterSeconds} s at ${cpuPeakPercent} % CPU, and recovered`,
  );
}

async function drill(scene: CheckpointScene): Promise<Checked> {
  const argv = [...ownCommand(), 'drill', join(scene.folder, 'recovery'), '--json'];
  const end = await command(scene, { log: 'drill', argv, timeoutMs: 5 * MINUTE, isApart: true });
  if (end.stdout === '') return failed(`${howEnded(end)}; see drill.log`);
  const counts = JSON.parse(end.stdout);
  const figures = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  if (end.exitCode !== 0) return failed(figures);
  return counts.passed > 0 ? passed(`${figures}; 0 survivors`) : skipped(figures);
}

async function detection(scene: CheckpointScene): Promise<Checked> {
  const script = scriptsOf(scene.root)['bench:detection'];
  if (script === undefined || !existsSync(join(scene.root, 'bench/detection/run.ts')))
    return skipped('the corpus comes with a checkout only');
  const argv = wordsOf(script);
  const end = await command(scene, { log: 'detection', argv, timeoutMs: 10 * MINUTE });
  const log = readFileSync(join(scene.folder, 'detection.log'), 'utf8');
  const promises = log.match(/^(?:kept|BROKEN): .*$/gm) ?? [];
  const detail = promises.join('; ') || `${howEnded(end)}; see detection.log`;
  return end.exitCode === 0 && promises.length > 0 ? passed(detail) : failed(detail);
}
