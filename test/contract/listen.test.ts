import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../../src/adapters/http/listen.ts';

it('goes on after connections that could not be accepted', async () => {
  let server: Server | undefined;
  const look = (message: unknown): void => {
    const { socket } = message as { socket: Socket & { server: Server } };
    server = socket.server;
  };
  subscribe('net.server.socket', look);
  const place = { host: '127.0.0.1', port: 0, keepsAlive: true };
  const listening = await listen(place, async () => () => new Response('here'));
  const ask = async () => (await fetch(`http://127.0.0.1:${listening?.port}/`)).text();
  try {
    expect(await ask()).toBe('here');
    for (let turn = 1; turn <= 2; turn += 1) server?.emit('error', new Error('accept EMFILE'));
    expect([server?.listening, await ask()]).toEqual([true, 'here']);
  } finally {
    unsubscribe('net.server.socket', look);
    listening?.close();
  }
});
