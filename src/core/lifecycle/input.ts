// All that can happen to a run. Facts from its tree, orders from people and policy, and the one deadline.

import type { EmptyProof } from '../event.ts';
import type { ExitStatus, Signal } from '../run.ts';
import type { Order } from './order.ts';

export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'spawned' }
  | {
      readonly type: 'spawn-failed';
      readonly failure: 'not-found' | 'not-executable' | 'failed';
      readonly message: string;
    }
  | { readonly type: 'leader-exited'; readonly exit: ExitStatus }
  /** No process is left; the output is still on its way. */
  | { readonly type: 'vacated' }
  | { readonly type: 'emptied'; readonly proof: EmptyProof }
  | { readonly type: 'host-lost'; readonly message: string }
  /** End the run. A second such order while it is ending forces it. */
  | { readonly type: 'stop'; readonly order: Order }
  /** End the attempt and start the next. */
  | { readonly type: 'restart'; readonly order: Order }
  | { readonly type: 'pause'; readonly order: Order }
  | { readonly type: 'resume'; readonly order: Order }
  /** A signal a person sent to us: passed on, not enforced. */
  | { readonly type: 'interrupt'; readonly order: Order }
  /** A signal to us that is meant for the command alone. */
  | { readonly type: 'forward'; readonly signal: Signal }
  | { readonly type: 'deadline' };

export type InputType = Input['type'];
