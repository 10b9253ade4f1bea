// A run's control socket: where it lies, how it is served, how it is asked. Only its owner can open it.

import { chmodSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  type ControlAnswer,
  type ControlRequest,
  parseControlRequest,
} from '../../core/control.ts';
import { LIMITS } from '../../core/limits.ts';

/** What the kernel takes as the path of a socket. */
const PATH_BYTES_MAX = 107;
const SUFFIX = '.sock';

const folderOf = (stateDir: string): string => join(stateDir, 'run');

/** The socket of a run. */
export const socketPath = (stateDir: string, runId: string): string =>
  join(folderOf(stateDir), `${runId}${SUFFIX}`);

/** Ids of the runs whose sockets lie there, newest first; some may be dead. */
export function listSockets(stateDir: string): string[] {
  try {
    return readdirSync(folderOf(stateDir))
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

/** Removes a socket that nobody serves any more. */
export function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // somebody else has removed it
  }
}

/**
 * Serves a run's socket; each request line is answered by `answer`. Throws when it cannot be made (the path is
 * too long, the folder not writable): the run then goes on without.
 */
export async function serveControl(
  stateDir: string,
  runId: string,
  answer: (request: ControlRequest) => ControlAnswer,
): Promise<{ close(): void }> {
  const path = socketPath(stateDir, runId);
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new Error(`the path of the control socket is too long: ${path}`);
  }
  mkdirSync(folderOf(stateDir), { recursive: true, mode: 0o700 });
  removeSocket(path);
  const server = createServer((socket) => converse(socket, answer));
  server.maxConnections = LIMITS.controlConnectionsMax;
  await listen(server, path);
  return {
    close() {
      server.close();
      removeSocket(path);
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The folder is ours alone (0700), so nobody gets in before the mode is set.
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.unref();
      resolve();
    });
  });
}

function converse(socket: Socket, answer: (request: ControlRequest) => ControlAnswer): void {
  socket.unref();
  socket.setTimeout(LIMITS.controlIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  onLine(socket, (line) => {
    const request = parseControlRequest(line);
    const reply: ControlAnswer = request
      ? answer(request)
      : { version: 1, ok: false, code: 'FF_USAGE', message: 'not a request of version 1' };
    if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
  });
}

/** What came of asking a run: its answer; `gone`, nobody serves the socket any more; `silent`, somebody does not answer. */
export type Reply = ControlAnswer | 'gone' | 'silent';

/** Asks a run, and waits so long for its answer. Only a refused or missing socket says that the run is gone. */
export function askControl(
  stateDir: string,
  runId: string,
  request: ControlRequest,
  withinMs: number = LIMITS.controlIdleMs,
): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(stateDir, runId));
    const give = (reply: Reply): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(() => give('silent'), withinMs);
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      give(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'gone' : 'silent'),
    );
    socket.on('close', () => give('silent'));
    onLine(socket, (line) => give(parseAnswer(line) ?? 'silent'));
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Calls `fn` for each line; who sends more than the limit without ending one is hung up on. */
function onLine(socket: Socket, fn: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LIMITS.controlLineCharsMax) socket.destroy();
    for (const line of lines) fn(line);
  });
}

function parseAnswer(line: string): ControlAnswer | null {
  try {
    return JSON.parse(line) as ControlAnswer;
  } catch {
    return null;
  }
}
