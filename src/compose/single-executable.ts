// FlowForge as one file: what otherwise lies beside the program is inside it. What has to be a file of its own, because
// another program reads or executes it, is laid out in a folder that only the user can write, and looked at again each
// time: it is used only while it is byte for byte what we carry.

import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findNativePartBeside } from '../adapters/process/native-calls.ts';
import { homes } from '../config/load.ts';

// Asked for as a value: an older Node that runs the package has not all of it.
const sea = process.getBuiltinModule('node:sea');

export const isSingleExecutable = sea.isSea();

const laidOut = new Map<string, string>();
let chosen: string | null | undefined;

if (isSingleExecutable) findNativePartBeside(layOutNativePart);

/** What is inside under a name, or null. */
export function inside(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(sea.getAsset(path));
  } catch {
    return null;
  }
}

/** Lays out a part and gives its path. There is nothing at the path where there is no such part, or no folder for it. */
export function layOut(path: string): string {
  const known = laidOut.get(path);
  if (known !== undefined) return known;
  if (chosen === undefined) chosen = chooseFolder();
  const place = join(chosen ?? dirname(process.execPath), path);
  const content = inside(path);
  if (chosen !== null && content !== null) put(place, content);
  laidOut.set(path, place);
  return place;
}

/** Lays out what native calls need, and gives the path of a file that finds it. */
function layOutNativePart(): string {
  const parts = sea.getAssetKeys().filter((path) => path.startsWith('node_modules/'));
  return parts.map(layOut).find((place) => place.endsWith('package.json')) ?? process.execPath;
}

/** The first folder that lets its files be executed, else the first that takes files at all, else none. */
function chooseFolder(): string | null {
  const build = Buffer.from(inside('build-id') ?? []).toString();
  const usable = folders().filter(isOurs);
  const first = usable.find(isExecutable) ?? usable[0];
  return first === undefined ? null : join(first, build);
}

function folders(): readonly string[] {
  const { cacheHome, stateHome } = homes();
  const own = join('flowforge', 'unpacked');
  return [
    join(cacheHome, own),
    join(stateHome, own),
    join(tmpdir(), `flowforge-unpacked-${process.getuid?.() ?? 0}`),
  ];
}

/** Whether the folder, made where it is not there, is one that nobody else can put something into. */
function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const stat = lstatSync(folder);
    return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Whether the system executes files of this folder: not where it is mounted `noexec`. */
function isExecutable(folder: string): boolean {
  const probe = join(folder, 'executable');
  try {
    put(probe, Buffer.from('#!/bin/sh\n'));
    accessSync(probe, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function put(place: string, content: Uint8Array): void {
  if (isAsCarried(place, content)) return;
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  const draft = `${place}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o700 });
  renameSync(draft, place);
}

function isAsCarried(place: string, content: Uint8Array): boolean {
  try {
    return lstatSync(place).isFile() && readFileSync(place).equals(content);
  } catch {
    return false;
  }
}
