// What is done when the shim itself dies. The leader dies with it; the rest of the tree came to us if we are a
// subreaper, and is else found by having been seen and by the run's id.

import type { SignalSent } from '../../core/event.ts';
import type { Clock } from '../../ports.ts';
import type { GroupMembers } from './group-members.ts';
import { adoptedChildren, becomeSubreaper } from './subreaper.ts';

const KILL_EVERY_MS = 5;
/** One empty look proves nothing about a tree that forks as it is looked at. */
const EMPTY_LOOKS = 3;

export interface LostTree {
  readonly members: GroupMembers;
  /** Orphans that had come to us before: of our own making, not of the tree. */
  readonly bystanders: ReadonlySet<number>;
  readonly clock: Clock;
  readonly signalled: (signals: readonly SignalSent[]) => void;
  readonly emptied: () => void;
}

/** Kills what a lost shim has left, again and again, until several looks in a row find nothing. */
export function killWithoutShim(tree: LostTree, emptyLooks = 0): void {
  const subreaper = becomeSubreaper();
  for (const pid of adoptedChildren()) {
    if (tree.bystanders.has(pid)) continue;
    tree.members.add(pid);
    subreaper?.reap(pid);
  }
  const signals = tree.members.signal('SIGKILL');
  if (signals.length > 0) tree.signalled(signals);
  const looks = signals.length === 0 ? emptyLooks + 1 : 0;
  if (looks < EMPTY_LOOKS) tree.clock.after(KILL_EVERY_MS, () => killWithoutShim(tree, looks));
  else tree.emptied();
}
