// A tar file (POSIX ustar) of text files, the same bytes for the same content; read back only if it is exactly that.

import { FlowForgeError } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';

const BLOCK = 512;
const NAME = /^[a-z][a-z0-9-]{0,60}\.[a-z]{2,5}$/;

export function packTar(files: ReadonlyMap<string, string>): Uint8Array {
  const parts: Buffer[] = [];
  for (const name of [...files.keys()].sort()) {
    const content = Buffer.from(files.get(name) ?? '');
    parts.push(headerOf(name, content.length), content, padding(content.length));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** @throws FlowForgeError FF_EVIDENCE_INVALID for anything that `packTar` would not have made */
export function unpackTar(bytes: Uint8Array): ReadonlyMap<string, string> {
  if (bytes.length > LIMITS.bundleBytesMax) throw invalid('it is too large');
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, string>();
  let at = 0;
  while (at + BLOCK <= archive.length && archive[at] !== 0) {
    const { name, size } = parseHeader(archive.subarray(at, at + BLOCK));
    const start = at + BLOCK;
    if (start + size > archive.length) throw invalid(`${name} is cut off`);
    if (files.has(name)) throw invalid(`${name} is there twice`);
    files.set(name, archive.toString('utf8', start, start + size));
    at = start + size + padding(size).length;
  }
  // Whatever else there is, in gaps, links or behind the end, would not have been made by us.
  if (!Buffer.from(packTar(files)).equals(archive))
    throw invalid('it is not a bundle of FlowForge');
  return files;
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string =>
    `${value.toString(8).padStart(length, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function parseHeader(header: Buffer): { name: string; size: number } {
  const name = header.toString('latin1', 0, 100).replace(/\0+$/, '');
  const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
  if (!NAME.test(name) || !Number.isSafeInteger(size))
    throw invalid('it is not a bundle of FlowForge');
  return { name, size };
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

const invalid = (why: string): FlowForgeError =>
  new FlowForgeError('FF_EVIDENCE_INVALID', `the bundle cannot be checked: ${why}`);
