// Which orders a run can be given, and what each of them will do.

import type { Run } from '../../../../src/contract/run.ts';

export type Operation = 'pause' | 'resume' | 'restart' | 'stop';

export interface Order {
  readonly operation: Operation;
  readonly label: string;
  /** What will happen, for whoever is about to confirm it. */
  readonly consequence: string;
}

const ORDERS: Readonly<Record<Operation, Order>> = {
  pause: {
    operation: 'pause',
    label: 'Pause',
    consequence:
      'Every process of it is suspended where it stands, and can be resumed. Connections it has open may time out meanwhile.',
  },
  resume: {
    operation: 'resume',
    label: 'Resume',
    consequence: 'Every process of it goes on where it was suspended.',
  },
  restart: {
    operation: 'restart',
    label: 'Restart',
    consequence:
      'It is asked to end, killed after its grace, and when nothing is left of it the same command is started again. What it had in memory is lost.',
  },
  stop: {
    operation: 'stop',
    label: 'Stop',
    consequence:
      'It is asked to end; what is still there after its grace is killed. What it had in memory is lost. This cannot be undone.',
  },
};

/** In the order in which they are offered, the mildest first. */
export function ordersFor({ state, phase }: Run): readonly Order[] {
  if (state !== 'active') return [];
  if (phase === 'paused') return [ORDERS.resume, ORDERS.restart, ORDERS.stop];
  if (phase === 'running' || phase === 'settling')
    return [ORDERS.pause, ORDERS.restart, ORDERS.stop];
  return phase === 'waiting' || phase === 'starting' ? [ORDERS.stop] : [];
}

export const orderOf = (operation: Operation): Order => ORDERS[operation];
