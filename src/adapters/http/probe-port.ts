// Whether a port can be had: taken for a moment, and let go of before anybody could call.

import { createServer } from 'node:net';

/** `free`, or why it cannot be listened at: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, … */
export function probePort(host: string, port: number): Promise<string> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => done('free')));
  });
}
