// The programs that others use for the same: found where they are installed, fetched on request.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Peers {
  readonly tee: string | null;
  readonly script: string | null;
  readonly timeout: string | null;
  readonly pm2: string | null;
  readonly supervisord: string | null;
}

const PM2 = 'pm2@7.0.4';
const FETCHED = join(homedir(), '.cache/flowforge-bench/peers');

export function findPeers(): Peers {
  const fetchedPm2 = join(FETCHED, 'node_modules/pm2/bin/pm2');
  return {
    tee: which('tee'),
    script: which('script'),
    timeout: which('timeout'),
    pm2: existsSync(fetchedPm2) ? fetchedPm2 : which('pm2'),
    supervisord: which('supervisord'),
  };
}

/** Fetches PM2 from npm into the user's cache, and supervisord from the system's packages. Says what it could not. */
export function installPeers(say: (line: string) => void): void {
  const npm = ['install', '--prefix', FETCHED, '--no-audit', '--no-fund', '--ignore-scripts', PM2];
  if (!findPeers().pm2 && spawnSync('npm', npm, { stdio: 'ignore' }).status !== 0)
    say(`could not install ${PM2}`);
  if (findPeers().supervisord) return;
  const apt = ['apt-get', 'install', '-y', '--no-install-recommends', 'supervisor'];
  const [command = '', ...rest] = process.getuid?.() === 0 ? apt : ['sudo', '-n', ...apt];
  if (spawnSync(command, rest, { stdio: 'ignore' }).status !== 0)
    say('could not install supervisord: try apt-get update, or install it by hand');
}

function which(name: string): string | null {
  const { stdout, status } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
