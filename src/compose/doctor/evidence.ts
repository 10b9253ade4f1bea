// Looks at the database, its chain, and the disk below it.

import { existsSync, statfsSync } from 'node:fs';
import { examineDatabase } from '../../adapters/sqlite/examine.ts';
import { verifyDatabase } from '../../adapters/sqlite/verify.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { Config } from '../../config/config.ts';
import { type Check, warn } from '../../core/diagnosis/check.ts';
import {
  type DiskFacts,
  judgeChain,
  judgeDatabase,
  judgeDisk,
  judgePragmas,
} from '../../core/diagnosis/evidence.ts';
import { ERRORS, isFlowForgeError } from '../../core/error.ts';
import type { EpochMs } from '../../core/time.ts';
import { checkPlace } from '../place.ts';
import { nearestFolder, obstacleBelow } from './way.ts';

export interface EvidenceLook {
  readonly checks: readonly Check[];
  readonly newestAt: EpochMs | null;
}

export function lookAtEvidence(config: Config): EvidenceLook {
  const { checks, newestAt } = existsSync(config.dbPath)
    ? lookAtDatabase(config)
    : { checks: [judgeDatabase(absent(config))], newestAt: null };
  const { hint, ...place } = checkPlace(config);
  return {
    checks: [
      ...checks,
      judgeDisk(roomBelow(config.dbPath)),
      { ...place, hint: place.state === 'ok' ? null : hint },
    ],
    newestAt,
  };
}

function lookAtDatabase({ dbPath: path, masterKey }: Config): EvidenceLook {
  try {
    const { newestAt, pragmas, ...facts } = examineDatabase(path, {
      masterKey,
      now: systemClock.now(),
    });
    const checks = [judgeDatabase({ type: 'present', path, ...facts })];
    if (pragmas) checks.push(judgePragmas(pragmas));
    if (facts.version === facts.knownVersion) checks.push(lookAtChain(path));
    return { checks, newestAt };
  } catch (error) {
    return { checks: [judgeDatabase({ type: 'unusable', ...told(error, path) })], newestAt: null };
  }
}

function lookAtChain(path: string): Check {
  try {
    return judgeChain(verifyDatabase(path));
  } catch (error) {
    const { message, hint } = told(error, path);
    return warn('chain', `not looked at: ${message}`, hint);
  }
}

function told(error: unknown, path: string): { message: string; hint: string } {
  const message = error instanceof Error ? error.message : String(error);
  const hint = isFlowForgeError(error) ? error.hint : null;
  return {
    message: message.includes(path) ? message : `${path}: ${message}`,
    hint: hint ?? ERRORS.FF_STORE_UNAVAILABLE.hint,
  };
}

const absent = ({ dbPath: path }: Config) =>
  ({ type: 'absent', path, obstacle: obstacleBelow(path) }) as const;

function roomBelow(path: string): DiskFacts | null {
  const folder = nearestFolder(path);
  try {
    const { bavail, blocks, bsize, files, ffree } = statfsSync(folder);
    const freeFilesShare = files > 0 ? ffree / files : null;
    return { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFilesShare };
  } catch {
    return null;
  }
}
