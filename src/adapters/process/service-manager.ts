// Word to the service manager that started us, by way of the shim's program: Node has no datagram sockets of that kind.

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ServiceManager } from '../../ports.ts';
import { followOwnChildren } from './subreaper.ts';

/** The service manager behind a socket. It hears of us for as long as our event loop turns, and no longer. */
export function serviceManagerAt(
  { socket, watchdogMs }: { readonly socket: string; readonly watchdogMs: number | null },
  shimPath: string,
): ServiceManager {
  followOwnChildren();
  const teller = spawn(shimPath, ['--notify'], {
    env: { NOTIFY_SOCKET: socket },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const line = teller.stdin as Socket;
  // Nobody waits for it; without it, a guard that works is not ended by us, though perhaps by its manager.
  teller.on('error', () => {}).unref();
  line.on('error', () => {});
  line.unref();
  const say = (word: string): void => {
    if (!line.writableNeedDrain) line.write(`${word}\n`);
  };
  const signOfLife =
    watchdogMs === null ? undefined : setInterval(say, watchdogMs / 2, 'WATCHDOG=1').unref();
  return {
    ready(status) {
      say('READY=1');
      say(`STATUS=${status.replace(/\s+/g, ' ')}`);
    },
    stopping(withinMs) {
      say('STOPPING=1');
      say(`EXTEND_TIMEOUT_USEC=${Math.ceil(withinMs) * 1_000}`);
    },
    close() {
      clearInterval(signOfLife);
      line.end('STOPPING=1\n');
    },
  };
}
