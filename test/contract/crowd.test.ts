import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Crowd, type CrowdLimits } from '../../src/adapters/http/crowd.ts';

/** More than what lies between here and there takes. */
const MUCH = Buffer.alloc(48 * 1024 * 1024);
const NO_LIMITS: CrowdLimits = {
  connectionsMax: 100,
  takenWithinMs: 60_000,
  untakenBytesMax: Number.POSITIVE_INFINITY,
};
let server: Server;
/** The server's ends of the connections, by the path that was asked for, and what waits to hear that one is over. */
let ends: Map<string, Socket>;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** A server of much, of the type that is asked for. */
async function serve(limits: Partial<CrowdLimits>): Promise<number> {
  const crowd = new Crowd({ ...NO_LIMITS, ...limits });
  ends = new Map();
  server = createServer((request, response) => {
    if (!crowd.ask(request.socket, response)) return;
    ends.set(request.url ?? '', request.socket);
    response.setHeader('content-type', request.headers.accept ?? 'text/plain');
    response.end(MUCH);
  });
  server.on('connection', (socket) => crowd.enter(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** Asks, and takes nothing. Gives the server's end of the connection. */
async function ask(port: number, path: string, accept = 'text/plain'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\n\r\n`);
  await expect.poll(() => ends.has(path)).toBe(true);
  return ends.get(path) as Socket;
}

const isOver = (socket: Socket) => socket.destroyed;

it('hangs up on who does not take an answer in time, and on no stream', async () => {
  const port = await serve({ takenWithinMs: 200 });
  const stream = await ask(port, '/stream', 'text/event-stream; charset=utf-8');
  const slow = await ask(port, '/slow');
  await expect.poll(() => isOver(slow), { timeout: 10_000 }).toBe(true);
  expect(isOver(stream)).toBe(false);
});

it('hangs up on who asked longest ago where too much is not taken, and on no more than it must', async () => {
  const port = await serve({ untakenBytesMax: 100 * 1024 * 1024 });
  const first = await ask(port, '/1');
  const second = await ask(port, '/2');
  const third = await ask(port, '/3');
  await expect.poll(() => isOver(first), { timeout: 10_000 }).toBe(true);
  expect([second, third].map(isOver)).toEqual([false, false]);
});
