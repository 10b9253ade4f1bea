// A file beside the database, its room taken beforehand, that keeps events while the database refuses them.
// Records are checked one by one, so that a torn one ends the reading and never spoils it.

import {
  closeSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../core/limits.ts';
import { syncDirectory } from './directory.ts';
import type { EncodedEvent } from './event-codec.ts';

/** "FFsp", then the generation: records of an older generation are none. */
const MAGIC = 0x46467370;
const FILE_HEADER_BYTES = 8;
const RECORD_HEADER_BYTES = 8;

let opened = 0;

export class Spool {
  readonly #path: string;
  #fd: number | null = null;
  #generation = 1;
  #offset = FILE_HEADER_BYTES;

  constructor(databasePath: string) {
    const owner = `${process.pid}-${startTicksOf(process.pid)}`;
    this.#path = `${databasePath}.spool-${owner}-${++opened}`;
  }

  /** Takes the room on the disk. Harmless when it fails: `put` will say so when it matters. */
  reserve(): boolean {
    if (this.#fd !== null) return true;
    try {
      this.#fd = openSync(this.#path, 'w+', 0o600);
      this.#begin();
      takeRoom(this.#fd);
      syncDirectory(dirname(this.#path));
      return true;
    } catch {
      this.close(false);
      return false;
    }
  }
  /** Writes an event so that it survives a power cut. Says whether it did. */
  put(event: EncodedEvent): boolean {
    if (!this.reserve() || this.#fd === null) return false;
    const record = toRecord(event, this.#generation);
    if (this.#offset + record.length > LIMITS.spoolBytes) return false;
    try {
      writeFully(this.#fd, record, this.#offset);
      fdatasyncSync(this.#fd);
      this.#offset += record.length;
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets what was put, for the database has it now; the room stays taken. */
  clear(): void {
    if (this.#fd === null || this.#offset === FILE_HEADER_BYTES) return;
    this.#generation++;
    try {
      this.#begin();
    } catch {
      // Events found a second time are known by their ids and left out.
    }
  }

  /** Gives the room back; with `keep`, events that are nowhere else stay for the next start. */
  close(keep: boolean): void {
    if (this.#fd === null) return;
    closeSync(this.#fd);
    this.#fd = null;
    if (!keep) remove(this.#path);
  }

  #begin(): void {
    if (this.#fd === null) return;
    const header = Buffer.alloc(FILE_HEADER_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(this.#generation, 4);
    writeFully(this.#fd, header, 0);
    fdatasyncSync(this.#fd);
    this.#offset = FILE_HEADER_BYTES;
  }
}

/** Zeroes to the end of the spool. What room there is will be used. */
function takeRoom(fd: number): void {
  try {
    writeFully(fd, Buffer.alloc(LIMITS.spoolBytes - FILE_HEADER_BYTES), FILE_HEADER_BYTES);
    fdatasyncSync(fd);
  } catch {
    // A full disk: the events will be put into what room was to be had.
  }
}

/** Spools of processes that are gone, beside the database. */
export function abandonedSpools(databasePath: string): readonly string[] {
  const prefix = `${basename(databasePath)}.spool-`;
  const directory = dirname(databasePath);
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && !isOwned(name.slice(prefix.length)))
    .sort()
    .map((name) => join(directory, name));
}

/** The events of a spool, in order, up to the first record that is not whole. */
export function readSpool(path: string): readonly EncodedEvent[] {
  const bytes = readFileSync(path);
  if (bytes.length < FILE_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return [];
  const generation = bytes.readUInt32LE(4);
  const events: EncodedEvent[] = [];
  let offset = FILE_HEADER_BYTES;
  for (let body = bodyAt(bytes, offset, generation); body; ) {
    events.push(fromBody(body));
    offset += RECORD_HEADER_BYTES + body.length;
    body = bodyAt(bytes, offset, generation);
  }
  return events;
}

/** Removes a file that may be gone already. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or it cannot go; its events are known by their ids.
  }
}

function toRecord(event: EncodedEvent, generation: number): Buffer {
  const sealed = event.sealed && Buffer.from(event.sealed).toString('base64');
  const body = Buffer.from(JSON.stringify({ ...event, sealed }));
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body, generation), 4);
  return Buffer.concat([header, body]);
}

function bodyAt(bytes: Buffer, offset: number, generation: number): Buffer | null {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return null;
  const length = bytes.readUInt32LE(offset);
  const start = offset + RECORD_HEADER_BYTES;
  if (length === 0 || start + length > bytes.length) return null;
  const body = bytes.subarray(start, start + length);
  return crc32(body, generation) === bytes.readUInt32LE(offset + 4) ? body : null;
}

function fromBody(body: Buffer): EncodedEvent {
  const event = JSON.parse(body.toString());
  return { ...event, sealed: event.sealed && Buffer.from(event.sealed, 'base64') };
}

/** `write` may write less than it was asked to. */
function writeFully(fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const count = writeSync(fd, bytes, done, bytes.length - done, position + done);
    if (count === 0) throw new Error('the disk takes no more bytes');
    done += count;
  }
}

/** Whether the process of `<pid>-<start ticks>-<n>` lives. */
function isOwned(owner: string): boolean {
  const [pid, startTicks] = owner.split('-').map(Number);
  if (pid === undefined) return false;
  return startTicks === 0 ? answers(pid) : startTicksOf(pid) === startTicks;
}

/** Whether there is such a process: all that can be told without /proc. */
function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Start time of a process in clock ticks since boot; 0 where there is none or no /proc. */
function startTicksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return 0;
  }
}
