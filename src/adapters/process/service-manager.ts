// Word to the service manager that started us, by way of the shim's program: Node has no datagram sockets of that kind.

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ServiceManager } from '../../ports.ts';
import { followOwnChildren } from './subreaper.ts';

/** A program that passes each line of its stdin on to $NOTIFY_SOCKET. */
export interface Teller {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

/** The service manager behind a socket. It hears of us for as long as our event loop turns, and no longer. */
export function serviceManagerAt(
  { socket, watchdogMs }: { readonly socket: string; readonly watchdogMs: number | null },
  { argv: [program, ...args], environment }: Teller,
  tellUser: (sentence: string) => void,
): ServiceManager {
  followOwnChildren();
  const teller = spawn(program, args, {
    env: { ...environment, NOTIFY_SOCKET: socket },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const line = teller.stdin as Socket;
  const fails = (why: string): void =>
    tellUser(`the service manager hears nothing of us, and may end us: ${why}`);
  // Nobody waits for it; without it, a guard that works is not ended by us, though perhaps by its manager.
  teller
    .on('error', ({ message }) => fails(message))
    .on('exit', (code) => {
      if (code) fails(`${program} ended with ${code}`);
    })
    .unref();
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
