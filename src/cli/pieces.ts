// A file that may be larger than memory, read piece by piece, with how far it has come on a terminal.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { FlowForgeError } from '../core/error.ts';
import { speech } from './terminal.ts';

const PIECE_BYTES = 1024 * 1024;
const STDIN_FD = 0;
const REDRAW_MS = 500;
const ERASE_LINE = '\r\u001b[2K';

/**
 * The text of a file, or of standard input where its name is `-`.
 * @param encoding `latin1`: a character is a byte
 * @throws FlowForgeError FF_USAGE where it cannot be read
 */
export function* piecesOf(file: string, encoding: 'utf8' | 'latin1'): Generator<string> {
  const fd = file === '-' ? STDIN_FD : attempt(file, () => openSync(file, 'r'));
  const decoder = new StringDecoder(encoding);
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  const progress = createReadingProgress(attempt(file, () => fstatSync(fd).size));
  try {
    for (;;) {
      const count = attempt(file, () => readInto(fd, buffer));
      if (count === 0) break;
      progress.read(count);
      yield decoder.write(buffer.subarray(0, count));
    }
    yield decoder.end();
  } finally {
    progress.close();
    if (fd !== STDIN_FD) closeSync(fd);
  }
}

/** The pieces with the first at hand, so that it can be looked at before they are read. */
export function peek(pieces: Generator<string>): { first: string; all: Iterable<string> } {
  const { value, done } = pieces.next();
  const first = done ? '' : value;
  const all = (function* () {
    yield first;
    yield* pieces;
  })();
  return { first, all };
}

/** Bytes that were read; 0 at the end, which some systems tell by an error. */
function readInto(fd: number, buffer: Uint8Array): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EOF') return 0;
    throw error;
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FlowForgeError('FF_USAGE', `cannot read ${file}`, {
      cause,
      hint: 'Name a trace or a text log, or - for standard input.',
    });
  }
}

function createReadingProgress(totalBytes: number) {
  const output = speech();
  const isShown = output.isTTY && totalBytes > 8 * PIECE_BYTES;
  const startedAt = performance.now();
  let doneBytes = 0;
  let drawnAt = startedAt;
  return {
    read(bytes: number): void {
      doneBytes += bytes;
      const now = performance.now();
      if (!isShown || now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      const share = doneBytes / totalBytes;
      const leftSeconds = Math.ceil(((now - startedAt) * (1 / share - 1)) / 1000);
      const percent = Math.floor(100 * share);
      output.write(`${ERASE_LINE}flowforge: ${percent} % read, about ${leftSeconds} s left`);
    },
    close(): void {
      if (isShown) output.write(ERASE_LINE);
    },
  };
}
