// The units under systemd itself, in a box: namespaces with a root of its own, of which nothing reaches the machine. Only
// where that can be had: as root, on a machine that is not systemd's, with the second version of control groups.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const BOX = join(ROOT, 'test/fixtures/systemd/box.sh');
const WITHIN_MS = 90_000;

const cgroups = /^\S+ (\S+) cgroup2 rw/m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
const isForSystemd = existsSync('/run/systemd/system');
const hasTools = ['unshare', 'pgrep', 'curl', 'systemctl', 'runuser'].every(
  (tool) => spawnSync(tool, ['--version']).error === undefined,
);
/** Whether namespaces and a root over this one are granted, to root as well. */
const isGranted = (): boolean => {
  const layer = 'mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r';
  const probe = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r && ${layer}`;
  return (
    spawnSync('unshare', ['-C', '-m', '-p', '-u', '-i', '-n', '--fork', 'sh', '-c', probe])
      .status === 0
  );
};
const canBox =
  process.getuid?.() === 0 &&
  !isForSystemd &&
  cgroups !== undefined &&
  hasTools &&
  existsSync('/lib/systemd/systemd') &&
  isGranted();

/** Starts systemd in a box, and gives what its driver saw. */
async function seenInBox(): Promise<{ readonly seen: string; readonly log: string }> {
  const out = mkdtempSync(join(tmpdir(), 'flowforge-box-'));
  const group = join(cgroups ?? '', `flowforge-box-${process.pid}`);
  mkdirSync(group);
  onTestFinished(() => {
    spawnSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    rmSync(out, { recursive: true, force: true });
  });
  const enter = `echo $$ > ${group}/cgroup.procs && exec unshare -C -m -p -u -i -n --fork --kill-child sh "$@"`;
  const box = spawn('sh', ['-c', enter, 'box', BOX, out, ROOT, process.execPath], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  });
  let log = '';
  box.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await new Promise((done) => box.once('close', done));
  const read = (name: string): string =>
    existsSync(join(out, name)) ? readFileSync(join(out, name), 'utf8') : '';
  return { seen: read('seen'), log: log + read('log') };
}

describe.skipIf(!canBox)('systemd', () => {
  it(
    'starts, watches, stops and does not start again what its units say, within their sandbox',
    async () => {
      const { seen, log } = await seenInBox();
      expect({ seen: seen.split('\n'), log }).toMatchObject({
        seen: [
          'serve: active, the API answers at http://127.0.0.1:8080',
          'sandbox: CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ',
          'failed checks: 0',
          'tree: active, 5 processes seen, 3 asleep',
          'stopped tree: success, 0 asleep',
          'limited: 124, restarts 0, 0 asleep',
          'stuck: restarts 1, {"status":"ok"}',
          'stopped: success',
          '',
        ],
      });
    },
    WITHIN_MS + 10_000,
  );
});
