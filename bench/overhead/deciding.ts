// From the decision to the signal: the intent must be durable in between, so one commit is the least it can take.

import { spawn } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import type { Bench } from './bench.ts';
import { exitOf } from './command.ts';
import { type Measure, type Reading, spread, US } from './measure.ts';

const BEYOND = 'beyond one commit, ms';
const COMMITS = 30;
/** Tells when it was asked to end, by the clock that the evidence uses too. */
const JOB = `import signal, sys, time
def end(*_):
    print(time.monotonic_ns())
    sys.exit()
signal.signal(signal.SIGTERM, end)
time.sleep(60)`;

export const deciding: Measure = {
  id: 'decide',
  work: 'from the decision to the SIGTERM in the job',
  unit: 'ms',
  rounds: 12,
  reference: 'one synced commit',
  ratioAtMost: null,
  bounds: [{ figure: BEYOND, atMost: 2 }],
  ways: (bench) => {
    let made = 0;
    return [
      { name: 'one synced commit', run: () => ({ cost: commitMs(bench) }) },
      { name: US, run: () => stopped(bench, bench.path(`decide-${++made}.db`)) },
    ];
  },
};

async function stopped(bench: Bench, database: string): Promise<Reading> {
  const { node, main, env, folder } = bench;
  const flags = ['--quiet', '--no-api', '--db', database, '--max-time', '1s'];
  const guard = spawn(node, [main, 'run', ...flags, '--', 'python3', '-c', JOB], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [code, said] = await Promise.all([exitOf(guard), text(guard.stdout)]);
  if (code !== 124) throw new Error(`the job that was to be stopped ended with ${code}`);
  const db = new DatabaseSync(database, { readOnly: true });
  const decision = db
    .prepare("SELECT max(monotonic_us) AS us FROM events WHERE type = 'decision.made'")
    .get();
  db.close();
  const cost = Number(said) / 1e6 - Number(decision?.['us']) / 1e3;
  return { cost, figures: { [BEYOND]: cost - commitMs(bench) } };
}

/** Median of some commits of one row, each synced to the disk. */
function commitMs(bench: Bench): number {
  const db = new DatabaseSync(bench.path('commit.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS t (a)');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  const times = Array.from({ length: COMMITS }, (_, i) => {
    const beganAt = performance.now();
    insert.run(i);
    return performance.now() - beganAt;
  });
  db.close();
  return spread(times).median;
}
