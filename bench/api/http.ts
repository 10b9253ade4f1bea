// Requests as a client makes them that counts.

import { Agent, get } from 'node:http';

/** Asks for a path. Gives its status and how long the whole answer took, in milliseconds. */
export function ask(
  port: number,
  path: string,
  agent: Agent,
): Promise<{ readonly status: number; readonly tookMs: number }> {
  const began = performance.now();
  return new Promise((done, fail) => {
    get({ host: '127.0.0.1', port, path, agent }, (answer) => {
      answer.resume();
      answer.once('end', () =>
        done({ status: answer.statusCode ?? 0, tookMs: performance.now() - began }),
      );
    }).on('error', fail);
  });
}

/** Asks `count` times over `connections` connections that are kept. */
export async function askOften(
  port: number,
  path: () => string,
  { count, connections }: { readonly count: number; readonly connections: number },
): Promise<{ readonly timesMs: number[]; readonly failed: number; readonly perSecond: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const timesMs: number[] = [];
  let failed = 0;
  let left = count;
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { status, tookMs } = await ask(port, path(), agent);
      timesMs.push(tookMs);
      if (status !== 200) failed++;
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const perSecond = count / ((performance.now() - began) / 1000);
  agent.destroy();
  return { timesMs, failed, perSecond };
}
