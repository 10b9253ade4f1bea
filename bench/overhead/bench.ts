// Where the measures work: a folder of their own, FlowForge as it is built, and the peers that are installed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { shimPath } from '../../src/compose/installed.ts';
import { findPeers, type Peers } from './peers.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Bench {
  readonly folder: string;
  readonly node: string;
  readonly main: string;
  readonly shim: string;
  readonly peers: Peers;
  /** Of the rounds and sizes of a full measurement: 1, or less for a quick look. */
  readonly scale: number;
  /** The environment of every way: nothing of the caller's. */
  readonly env: NodeJS.ProcessEnv;
  path(name: string): string;
  close(): void;
}

export function openBench(scale: number): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'flowforge-overhead-'));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    node: process.execPath,
    main: join(ROOT, 'dist/main.js'),
    shim: shimPath(),
    peers: findPeers(),
    scale,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: folder,
      XDG_STATE_HOME: path('state'),
      XDG_CACHE_HOME: path('cache'),
      FLOWFORGE_DB_PATH: path('flowforge.db'),
      LC_ALL: 'C',
    },
    path,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `flowforge run` over a command, saying nothing and never acting: what it costs is the question. */
export const guarded = ({ node, main }: Bench, command: readonly string[]): string[] => [
  ...[node, main, 'run', '--quiet', '--no-kill', '--no-api', '--'],
  ...command,
];
