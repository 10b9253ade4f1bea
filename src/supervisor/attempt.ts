// One attempt as its supervisor holds it: the tree, the watch on it, and its times.

import type { MonotonicMs } from '../core/time.ts';
import type { Tree } from '../ports.ts';
import type { Watch } from './watch.ts';

export interface Attempt {
  readonly number: number;
  readonly tree: Tree;
  readonly watch: Watch;
  readonly beganAt: MonotonicMs;
  /** Pid of the leader, once it was spawned. */
  pid: number | null;
}
