// Thousands of connections that say nothing, hundreds that say a byte a second: is a probe still answered?

import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { LIMITS } from '../../src/core/limits.ts';
import { type Figure, percentile } from '../figure.ts';
import { ask } from './http.ts';
import { createPlace, residentMb, startServer } from './server.ts';

const SLOW = 200;
const PROBES = 500;
const PROBE_EVERY_MS = 20;
/** Connections that were hung up on come back, so many in a round. */
const BACK_EACH_ROUND = 100;
const ROUND_MS = 200;

export async function siegeFigures(idle: number): Promise<Figure[]> {
  const place = createPlace();
  const server = await startServer(place);
  const before = residentMb(server.pid);
  const siege = new Siege(server.port);
  await siege.begin(idle);
  const timesMs: number[] = [];
  let refused = 0;
  const agent = new Agent({ keepAlive: false });
  for (let n = 0; n < PROBES; n++) {
    const probe = ask(server.port, '/healthz', agent);
    await probe.then(
      ({ status, tookMs }) => (status === 200 ? timesMs.push(tookMs) : refused++),
      () => refused++,
    );
    await new Promise((done) => setTimeout(done, PROBE_EVERY_MS));
  }
  const during = residentMb(server.pid);
  siege.end();
  await server.end();
  place.remove();
  return [
    {
      name: `/healthz beside ${idle.toLocaleString('en')} idle and ${SLOW} slow connections, p99`,
      value: percentile(timesMs, 0.99),
      unit: 'ms',
      must: { atMost: 100 },
      beside: `${siege.returned.toLocaleString('en')} were hung up on and came back`,
    },
    {
      name: 'probes that were not answered',
      value: refused,
      unit: `of ${PROBES}`,
      must: { atMost: 0 },
    },
    {
      name: 'memory of the server, more than before',
      value: during - before,
      unit: 'MB',
      must: { atMost: 100 },
      beside: `it holds at most ${LIMITS.apiConnectionsMax.toLocaleString('en')} connections`,
    },
  ];
}

class Siege {
  returned = 0;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #timers: NodeJS.Timeout[] = [];
  #gone = 0;
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  async begin(idle: number): Promise<void> {
    await Promise.all(Array.from({ length: idle }, () => this.#open()));
    await Promise.all(
      Array.from({ length: SLOW }, () => this.#open('GET /healthz HTTP/1.1\r\nX: ')),
    );
    this.#timers.push(
      setInterval(() => this.#drip(), 1_000),
      setInterval(() => this.#comeBack(), ROUND_MS),
    );
  }

  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(text = ''): Promise<void> {
    return new Promise((done) => {
      const socket = connect(this.#port, '127.0.0.1', () => {
        if (text) socket.write(text);
        done();
      });
      this.#sockets.add(socket);
      socket.on('error', () => done());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#gone++;
      });
    });
  }

  #drip(): void {
    for (const socket of [...this.#sockets].slice(-SLOW)) socket.write('x');
  }

  #comeBack(): void {
    const many = this.#isOver ? 0 : Math.min(BACK_EACH_ROUND, this.#gone);
    this.#gone -= many;
    this.returned += many;
    for (let n = 0; n < many; n++) void this.#open();
  }
}
