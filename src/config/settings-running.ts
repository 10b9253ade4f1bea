// The settings that say how a command is run, stopped and restarted, and where FlowForge keeps and shows things.

import { RESTART_MODES } from '../core/policy/policy.ts';
import { CONTAINMENTS } from '../core/run.ts';
import {
  anotherIsLooser,
  falseIsLooser,
  higherIsLooser,
  lowerIsLooser,
  setting,
  trueIsLooser,
} from './setting.ts';
import { choice, count, duration, hostNames, onOff, orNone, orUnset, path, text } from './value.ts';

const HOUR_MS = 3_600_000;
/** The most that Linux gives, on 64 bits. */
const PID_MAX = 4_194_304;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const PTY_MODES = ['auto', 'always', 'never'] as const;

/** Not in a project's file: it comes with the project, these belong to the machine and its user. */
const OWN_SOURCES = ['system-file', 'user-file', 'environment', 'flag'] as const;

export const RUNNING = {
  grace: setting({
    group: 'stop',
    kind: duration(0, HOUR_MS),
    describe: 'The time between the stop signal and SIGKILL',
    byDefault: (policy) => policy.stop.graceMs,
    looser: higherIsLooser,
    alsoCalled: ['kill-after'],
  }),
  'stop-signal': setting({
    group: 'stop',
    kind: choice(STOP_SIGNALS, '<signal>'),
    describe: 'The signal that asks the tree to end',
    byDefault: (policy) => policy.stop.signal as (typeof STOP_SIGNALS)[number],
  }),
  'leave-background': setting({
    group: 'stop',
    kind: onOff(),
    describe: 'Leave alone what the command left running when it ended by itself',
    byDefault: (policy) => policy.stop.leaveBackground,
    looser: trueIsLooser,
  }),

  restart: setting({
    group: 'restart',
    kind: choice(RESTART_MODES),
    describe: 'When to start the command again',
    byDefault: (policy) => policy.restart.mode,
  }),
  'max-restarts': setting({
    group: 'restart',
    kind: count(0, 10_000),
    describe: 'How many restarts are allowed within the restart window',
    byDefault: (policy) => policy.restart.maxRestarts,
    looser: higherIsLooser,
  }),
  'restart-window': setting({
    group: 'restart',
    kind: duration(1_000, 30 * 24 * HOUR_MS),
    describe: 'The window in which restarts are counted',
    byDefault: (policy) => policy.restart.windowMs,
    looser: lowerIsLooser,
  }),
  'restart-wait': setting({
    group: 'restart',
    kind: duration(1, HOUR_MS),
    describe: 'The shortest wait before a restart',
    byDefault: (policy) => policy.restart.backoffMinMs,
    looser: lowerIsLooser,
  }),
  'restart-wait-max': setting({
    group: 'restart',
    kind: duration(1, 24 * HOUR_MS),
    describe: 'The longest wait before a restart',
    byDefault: (policy) => policy.restart.backoffMaxMs,
  }),
  'healthy-after': setting({
    group: 'restart',
    kind: duration(1_000, 30 * 24 * HOUR_MS),
    describe: 'An attempt that lived this long gives the restart budget back',
    byDefault: (policy) => policy.restart.healthyAfterMs,
    looser: lowerIsLooser,
  }),

  name: setting({
    group: 'run',
    kind: orUnset(text(100, '<name>')),
    describe: 'What the job is called in lists, in the evidence, and to the canary',
    byDefault: () => null,
  }),
  pty: setting({
    group: 'run',
    kind: choice(PTY_MODES),
    describe: 'Whether the command gets a terminal of its own',
    byDefault: () => 'auto' as const,
  }),
  isolate: setting({
    group: 'run',
    kind: onOff(),
    describe: 'Run in a process namespace of its own, where the system allows it',
    byDefault: () => false,
    looser: falseIsLooser,
  }),
  'end-with': setting({
    group: 'run',
    kind: orNone(count(1, PID_MAX)),
    describe: 'End the run when the process that started FlowForge, of this pid, has gone',
    byDefault: () => null,
    only: ['environment', 'flag'],
  }),
  'require-containment': setting({
    group: 'run',
    kind: orNone(choice(CONTAINMENTS)),
    describe: 'Refuse to run when the whole tree cannot be held at least this surely',
    byDefault: () => null,
    looser: (candidate, fixed) =>
      fixed !== null &&
      (candidate === null || CONTAINMENTS.indexOf(candidate) > CONTAINMENTS.indexOf(fixed)),
  }),

  db: setting({
    group: 'place',
    kind: orUnset(path('<file>')),
    describe: 'The database that keeps the evidence (flowforge.db in the state folder)',
    byDefault: () => null,
    looser: anotherIsLooser,
    variable: 'FLOWFORGE_DB_PATH',
    alsoCalled: ['db-path', 'database'],
  }),
  'state-dir': setting({
    group: 'place',
    kind: orUnset(path('<folder>')),
    describe: 'The folder of sockets, the host id and, by default, the database',
    byDefault: () => null,
    only: OWN_SOURCES,
  }),
  api: setting({
    group: 'place',
    kind: onOff(),
    describe: 'Answer to HTTP while a command runs; --no-api does not',
    byDefault: () => true,
    flag: '--no-api',
  }),
  port: setting({
    group: 'place',
    kind: count(0, 65_535),
    describe: 'The port of the API; 0 takes any free one',
    byDefault: () => 8080,
  }),
  'bind-host': setting({
    group: 'place',
    kind: text(255, '<address>'),
    describe: 'The address the API listens on; any but this host’s own needs an API key',
    byDefault: () => '127.0.0.1',
    only: OWN_SOURCES,
    alsoCalled: ['host'],
  }),
  'host-names': setting({
    group: 'place',
    kind: hostNames(),
    describe: 'Names that the API also answers to, beside this host’s own and plain addresses',
    byDefault: () => [],
    only: OWN_SOURCES,
  }),
  'read-needs-key': setting({
    group: 'place',
    kind: onOff(),
    describe: 'Reading over the API needs a key also on this host; from others it always does',
    byDefault: () => false,
    looser: falseIsLooser,
  }),
  config: setting({
    group: 'place',
    kind: orUnset(path('<file>')),
    describe: 'Read this configuration file and no other',
    byDefault: () => null,
    only: ['environment', 'flag'],
  }),
} as const;
