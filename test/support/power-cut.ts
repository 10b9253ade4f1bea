// Plays back what a process did to the files of its database, as strace saw it, and cuts the power behind any call:
// what was synced is there; of the rest any sectors are, in any mixture; names of files come and go in their order.

import { writeFileSync } from 'node:fs';

type Write = { readonly type: 'write'; path: string; bytes: Buffer; at: number };
type Truncate = { readonly type: 'truncate'; path: string; size: number };
type Unlink = { readonly type: 'unlink'; path: string };

/** One thing a process did, in order. */
export type Step =
  | Write
  | Truncate
  | Unlink
  | { readonly type: 'create'; readonly path: string }
  | { readonly type: 'sync'; readonly path: string }
  | { readonly type: 'ack'; readonly eventId: string };

/** The calls to ask strace for. */
export const TRACED =
  'trace=openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink,rename,link,mkdir';

/** What a disk holds, and what had been acknowledged by then. */
export interface Remains {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly acknowledged: readonly string[];
}

const SECTOR = 512;
const ON_FD =
  /^(?:\d+\s+)?(pwrite64|fdatasync|fsync|ftruncate|write)\((\d+)<([^>]*)>(?:, "([^"]*)")?(?:, (\d+))?(?:, (\d+))?\)\s+= (-?\d+)/;
const ON_NAME = /^(?:\d+\s+)?(openat|unlink)\((?:AT_FDCWD[^,]*, )?"([^"]*)"(.*)\)\s+= (-?\d+)/;

/**
 * The steps of a log of `strace -f -y -xx -s 1000000`, which writes all texts in hexadecimal.
 *
 * @throws where a call never came to its end, so that none is ever overlooked
 */
export function parseSteps(log: string): Step[] {
  const known = new Set<string>();
  return wholeCalls(log).flatMap((line): Step[] => {
    const named = ON_NAME.exec(line);
    if (named) return namedStep(named, known);
    const [, call = '', fd = '', path = '', data = '', third, fourth, result] =
      ON_FD.exec(line) ?? [];
    if (call === '' || Number(result) < 0) return [];
    const numbers = { third: Number(third), fourth: Number(fourth), result: Number(result) };
    return fdStep(call, { fd, path: unhex(path).toString(), bytes: unhex(data) }, numbers);
  });
}

/** A call that another thread's came between is told in two lines; it has its effect when it comes back. */
function wholeCalls(log: string): readonly string[] {
  const begun = new Map<string, string>();
  const calls = log.split('\n').flatMap((line) => {
    const [, start, by] = /^((\d+)\s.*?)\s*<unfinished \.\.\.>$/.exec(line) ?? [];
    if (start !== undefined && by !== undefined) {
      begun.set(by, start);
      return [];
    }
    const [, back = '', rest = ''] = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    const whole = begun.get(back);
    if (whole === undefined) return [line];
    begun.delete(back);
    return [whole + rest];
  });
  for (const line of begun.values()) {
    if (/\b(pwrite64|fsync|fdatasync)\(/.test(line))
      throw new Error(`no end: ${line.slice(0, 200)}`);
  }
  return calls;
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

function namedStep([, call, name = '', rest = '', result]: string[], known: Set<string>): Step[] {
  if (Number(result) < 0) return [];
  const path = unhex(name).toString();
  if (call === 'unlink') return known.delete(path) ? [{ type: 'unlink', path }] : [];
  if (!rest.includes('O_CREAT') || known.has(path)) return [];
  known.add(path);
  return [{ type: 'create', path }];
}

function fdStep(
  call: string,
  { fd, path, bytes }: { fd: string; path: string; bytes: Buffer },
  { third, fourth, result }: { third: number; fourth: number; result: number },
): Step[] {
  switch (call) {
    case 'pwrite64':
      return [{ type: 'write', path, bytes: bytes.subarray(0, result), at: fourth }];
    case 'ftruncate':
      return [{ type: 'truncate', path, size: third }];
    case 'write': {
      const eventId = /^ack (\S+)/.exec(bytes.toString())?.[1];
      return fd === '1' && eventId ? [{ type: 'ack', eventId }] : [];
    }
    default:
      return [{ type: 'sync', path }];
  }
}

/**
 * What is left when the power is cut behind each of the steps numbered in `cuts`, which must ascend; `random` says what
 * of the unsynced reached the disk.
 */
export function* cutPower(
  steps: readonly Step[],
  cuts: readonly number[],
  random: () => number,
): Iterable<Remains> {
  const disk = new Disk();
  let at = 0;
  for (const cut of cuts) {
    for (; at <= cut; at++) {
      const step = steps[at];
      if (step) disk.take(step);
    }
    yield { files: disk.cut(random), acknowledged: [...disk.acknowledged] };
  }
}

/** Writes what the disk holds under the names that `rename` gives. */
export function writeDisk(
  files: ReadonlyMap<string, Buffer>,
  rename: (path: string) => string,
): void {
  for (const [path, bytes] of files) writeFileSync(rename(path), bytes);
}

type Naming = Extract<Step, { type: 'create' | 'unlink' }>;

class Disk {
  readonly acknowledged: string[] = [];
  readonly #synced = new Map<string, Content>();
  readonly #names = new Set<string>();
  #unsynced: (Write | Truncate)[] = [];
  #unsyncedNames: Naming[] = [];

  take(step: Step): void {
    switch (step.type) {
      case 'ack':
        this.acknowledged.push(step.eventId);
        break;
      case 'sync':
        this.#sync(step.path);
        break;
      case 'create':
        // The name may have been that of a file which is gone: the new one is empty.
        this.#synced.set(step.path, new Content());
        this.#unsynced = this.#unsynced.filter(({ path }) => path !== step.path);
        this.#unsyncedNames.push(step);
        break;
      case 'unlink':
        this.#unsyncedNames.push(step);
        break;
      default:
        this.#unsynced.push(step);
    }
  }

  /** What is there after the cut; this disk itself goes on. */
  cut(random: () => number): Map<string, Buffer> {
    const contents = new Map([...this.#synced].map(([path, content]) => [path, content.copy()]));
    for (const step of this.#unsynced) {
      const content = contents.get(step.path) ?? new Content();
      contents.set(step.path, content);
      applyPartly(content, step, random);
    }
    // A journaling file system keeps the order of names.
    const kept = Math.floor(random() * (this.#unsyncedNames.length + 1));
    const names = new Set(this.#names);
    for (const step of this.#unsyncedNames.slice(0, kept)) rename(names, step);
    const left = [...contents].filter(([path]) => names.has(path));
    return new Map(left.map(([path, content]) => [path, content.bytes()]));
  }

  #sync(synced: string): void {
    const content = this.#synced.get(synced);
    for (const step of this.#unsynced) if (step.path === synced) content?.apply(step);
    this.#unsynced = this.#unsynced.filter(({ path }) => path !== synced);
    const isInside = ({ path }: Naming) => path.slice(0, path.lastIndexOf('/')) === synced;
    for (const step of this.#unsyncedNames) if (isInside(step)) rename(this.#names, step);
    this.#unsyncedNames = this.#unsyncedNames.filter((step) => !isInside(step));
  }
}

function rename(names: Set<string>, { type, path }: Naming): void {
  if (type === 'create') names.add(path);
  else names.delete(path);
}

function applyPartly(content: Content, step: Write | Truncate, random: () => number): void {
  if (step.type === 'truncate') {
    if (random() < 0.5) content.apply(step);
    return;
  }
  for (let at = 0; at < step.bytes.length; at += SECTOR) {
    const bytes = step.bytes.subarray(at, at + SECTOR);
    if (random() < 0.5) content.apply({ ...step, bytes, at: step.at + at });
  }
}

/** Bytes of a file, in a buffer that grows by doubling. */
class Content {
  #buffer = Buffer.alloc(0);
  #size = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  copy(): Content {
    const copy = new Content();
    copy.#buffer = Buffer.from(this.bytes());
    copy.#size = this.#size;
    return copy;
  }

  apply(step: Write | Truncate): void {
    if (step.type === 'truncate') {
      this.#reserve(step.size);
      this.#buffer.fill(0, step.size);
      this.#size = step.size;
      return;
    }
    this.#reserve(step.at + step.bytes.length);
    step.bytes.copy(this.#buffer, step.at);
    this.#size = Math.max(this.#size, step.at + step.bytes.length);
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const grown = Buffer.alloc(Math.max(size, 2 * this.#buffer.length));
    this.bytes().copy(grown);
    this.#buffer = grown;
  }
}
