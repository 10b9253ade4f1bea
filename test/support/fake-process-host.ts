// A process host whose trees do what a test says. Real trees are in the end-to-end tests.

import type { TreeSample } from '../../src/core/detection/sample.ts';
import { monotonicMs } from '../../src/core/time.ts';
import type { ProcessHost, Tree, TreeFact } from '../../src/ports.ts';
import type { FakeClock } from './fake-clock.ts';

export class FakeTree implements Tree {
  readonly containment = 'shim';
  readonly orders: string[] = [];
  /** CPU the tree uses, in percent of one core. */
  cpuPercent = 0;
  alive: number[] = [100];
  readonly #clock: FakeClock;
  readonly #tell: (fact: TreeFact) => void;

  constructor(clock: FakeClock, tell: (fact: TreeFact) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  tell(...facts: TreeFact[]): void {
    for (const fact of facts) this.#tell(fact);
  }

  print(text: string): void {
    this.tell({ type: 'output', stream: 'stdout', bytes: new TextEncoder().encode(text) });
  }

  signal(signal: string, scope: string): void {
    this.orders.push(`${signal} ${scope}`);
  }

  kill(): void {
    this.orders.push('kill');
  }

  release(): void {
    this.orders.push('release');
  }

  cpuMs(): number {
    return 0;
  }

  survivors(): readonly number[] {
    return this.alive;
  }

  sample(): TreeSample {
    const at = this.#clock.monotonic();
    return {
      at: monotonicMs(at),
      cpuMs: (at * this.cpuPercent) / 100,
      waitMs: 0,
      rssBytes: 10_000_000,
      pssBytes: null,
      processCount: 1,
      threadCount: 1,
      fdCount: 3,
      fdLimit: 1024,
      readBytes: 0,
      writeBytes: 0,
      minorFaults: 0,
      voluntarySwitches: 0,
      births: 1,
      members: [],
    };
  }
}

export class FakeProcessHost implements ProcessHost {
  readonly containment = 'shim';
  readonly trees: FakeTree[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  spawn(_order: unknown, tell: (fact: TreeFact) => void): Tree {
    const tree = new FakeTree(this.#clock, tell);
    this.trees.push(tree);
    return tree;
  }

  get last(): FakeTree {
    const tree = this.trees.at(-1);
    if (!tree) throw new Error('nothing was spawned');
    return tree;
  }
}
