// Listens: takes the port first and loads the API only when somebody asks. Slow and greedy clients are hung up on.

import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, type ErrorCode } from '../../core/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { Crowd } from './crowd.ts';

export interface Listening {
  readonly port: number;
  close(): void;
}

/** Where a request comes from. */
export interface Caller {
  readonly address: string;
  readonly hostCount: number;
  readonly target: string;
}

export type Fetch = (request: Request, caller: Caller) => Response | Promise<Response>;

/**
 * Takes the port; gives null when it is taken. `load` gives what answers: with `keepsAlive` at once, for that is what
 * the process is there for; else with the first request, for most runs are never asked, and it takes 15 MB.
 */
export async function listen(
  { host, port, keepsAlive }: { host: string; port: number; keepsAlive: boolean },
  load: (port: number) => Promise<Fetch>,
): Promise<Listening | null> {
  const crowd = new Crowd({
    connectionsMax: connectionsMax(),
    takenWithinMs: LIMITS.apiTakenWithinMs,
    untakenBytesMax: LIMITS.apiUntakenBytesMax,
  });
  let taken = port;
  let listener: Promise<RequestListener> | undefined;
  const loaded = (): Promise<RequestListener> => {
    listener ??= load(taken).then(toListener);
    // Who cannot be answered is hung up on; the run goes on.
    listener.catch(() => server.close());
    return listener;
  };
  const server = createServer(
    {
      maxHeaderSize: LIMITS.apiHeaderBytesMax,
      headersTimeout: LIMITS.apiHeadersWithinMs,
      requestTimeout: LIMITS.apiRequestWithinMs,
      keepAliveTimeout: LIMITS.apiIdleMs,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    (request, response) => {
      if (!crowd.ask(request.socket, response)) return;
      loaded().then(
        (answer) => answer(request, response),
        () => request.destroy(),
      );
    },
  );
  server.on('connection', (socket: Socket) => crowd.enter(socket));
  server.on('clientError', refuseBroken);
  server.on('checkExpectation', refuseExpectation);
  if (!(await bind(server, host, port))) return null;
  if (!keepsAlive) {
    server.unref();
    server.on('connection', (socket: Socket) => socket.unref());
  }
  taken = (server.address() as AddressInfo).port;
  if (keepsAlive) await loaded();
  return {
    port: taken,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What is left of the files that may be open is for the guard. */
function connectionsMax(): number {
  const share = Math.floor(openFilesMax() * LIMITS.apiConnectionsShare);
  return Math.max(1, Math.min(LIMITS.apiConnectionsMax, share));
}

function openFilesMax(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY; // not Linux
  }
}

function bind(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // It stays: what fails to be accepted later, for want of files, must not end the guard.
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => resolve(true));
  });
}

async function toListener(fetch: Fetch): Promise<RequestListener> {
  const { getRequestListener } = await import('@hono/node-server');
  return getRequestListener(
    (request, env) => fetch(request, callerOf((env as { incoming: IncomingMessage }).incoming)),
    // A request without a Host must reach the API, which refuses it in its own words.
    {
      hostname: 'missing.invalid',
      overrideGlobalObjects: false,
      errorHandler: () => problemResponse('FF_REQUEST_INVALID', 'this is no request for an API'),
    },
  );
}

function callerOf(incoming: IncomingMessage): Caller {
  const hostCount = incoming.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'host',
  ).length;
  const address = incoming.socket.remoteAddress ?? 'unknown';
  return { address, hostCount, target: incoming.url ?? '' };
}

/** What is not even HTTP, or too much of it, is answered in the same form as everything else. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  // On a connection on which nothing was asked, a browser takes what comes for the answer to its next request.
  const isSpare = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
  if (isSpare || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const code = isLarge ? 'FF_HEADERS_TOO_LARGE' : 'FF_REQUEST_INVALID';
  const { status, title, body } = problemOf(
    code,
    isLarge ? 'the headers are too large' : 'bad HTTP',
  );
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** The only expectation that there is, 100-continue, is met by Node itself. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = problemOf('FF_REQUEST_INVALID', 'that expectation cannot be met');
  response.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  response.end(body);
}

function problemResponse(code: ErrorCode, detail: string): Response {
  const { status, body } = problemOf(code, detail);
  return new Response(body, { status, headers: { 'Content-Type': 'application/problem+json' } });
}

function problemOf(code: ErrorCode, detail: string) {
  const { status, hint } = ERRORS[code];
  const title = status === 431 ? 'Request Header Fields Too Large' : 'Bad Request';
  const about = { type: `urn:flowforge:error:${code}`, title, status, detail, code, hint };
  const body = JSON.stringify({ ...about, instance: '', request_id: `req_${crypto.randomUUID()}` });
  return { status, title, body };
}
