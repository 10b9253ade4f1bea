// The service manager that waits for our word, where there is one.

import { existsSync } from 'node:fs';
import { serviceManagerAt } from '../adapters/process/service-manager.ts';
import type { Config } from '../config/config.ts';
import { LIMITS } from '../core/limits.ts';
import type { Narrator, ProcessHost, ServiceManager } from '../ports.ts';
import { shimPath } from './installed.ts';

const NOBODY: ServiceManager = { ready() {}, stopping() {}, close() {} };

/** Who started us as a service and waits for word; nobody, as a rule. */
export function serviceManager({ manager }: Config, narrator: Narrator): ServiceManager {
  if (manager === null) return NOBODY;
  if (existsSync(shimPath())) return serviceManagerAt(manager, shimPath());
  narrator.say('the service manager cannot be told that we are ready: that takes the shim');
  return NOBODY;
}

/** The same host, whose trees are told of when they have been started. */
export function announcing(host: ProcessHost, manager: ServiceManager): ProcessHost {
  return {
    containment: host.containment,
    spawn: (order, tell) =>
      host.spawn(order, (fact) => {
        if (fact.type === 'spawned') manager.ready(`guards pid ${fact.pid} as ${order.runId}`);
        tell(fact);
      }),
  };
}

/** The longest that ending a run takes: the grace, the kill, and the rest of its output. */
export const endsWithinMs = ({ policy }: Config): number =>
  policy.stop.graceMs + LIMITS.emptyWaitMs + LIMITS.drainMs;
