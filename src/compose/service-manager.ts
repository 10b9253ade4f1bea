// The service manager that waits for our word, where there is one.

import { delimiter, join } from 'node:path';
import { serviceManagerAt, type Teller } from '../adapters/process/service-manager.ts';
import type { Config } from '../config/config.ts';
import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import type { Narrator, ProcessHost, ServiceManager } from '../ports.ts';
import { mayExecute, shimPath } from './installed.ts';

const NOBODY: ServiceManager = { ready() {}, stopping() {}, close() {} };

/**
 * Who started us as a service and waits for word; nobody, as a rule.
 *
 * @throws FlowForgeError FF_CONTAINMENT where nothing here can tell it: it would end healthy work for want of a word
 */
export function serviceManager(
  { manager, childEnvironment: { PATH = '' } }: Config,
  narrator: Narrator,
): ServiceManager {
  if (manager === null) return NOBODY;
  return serviceManagerAt(manager, tellerOn(PATH), narrator.say);
}

/** What passes our lines on: the shim, or else systemd's own tool, called once for each. */
function tellerOn(PATH: string): Teller {
  if (mayExecute(shimPath())) return { argv: [shimPath(), '--notify'], environment: {} };
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  if (!folders.some((folder) => mayExecute(join(folder, 'systemd-notify')))) throw speechless();
  // As the shim: a signal for all of a service does not end it while there is something to say.
  const script = `trap '' TERM INT HUP; while IFS= read -r word; do systemd-notify "$word"; done`;
  return { argv: ['/bin/sh', '-c', script], environment: { PATH } };
}

const speechless = (): FlowForgeError =>
  new FlowForgeError(
    'FF_CONTAINMENT',
    'the service manager waits for word from us (NOTIFY_SOCKET), and would end us for want of it: there is no shim that may be executed, and no systemd-notify on PATH',
    {
      hint: 'Make the shim executable (`flowforge doctor` says where it is), or use Type=exec without WatchdogSec= and NotifyAccess=.',
    },
  );

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
