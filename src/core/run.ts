// The nouns of supervision: what is run, how it can end, how sure we are of owning it.

/** What a user asked to be run: program and arguments as given, and where. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
}

/** A POSIX signal by name. */
export type Signal =
  | 'SIGTERM'
  | 'SIGINT'
  | 'SIGHUP'
  | 'SIGQUIT'
  | 'SIGKILL'
  | 'SIGSTOP'
  | 'SIGTSTP'
  | 'SIGCONT'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGWINCH';

/** Who of a tree a signal is for: everybody, the leader's process group as from a terminal, the leader alone. */
export type SignalScope = 'tree' | 'group' | 'leader';

/** How a process ended: its own exit code, or the signal (by name) that ended it. */
export type ExitStatus =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signaled'; readonly signal: string };

/** Whether a process ended as a program that did its job ends. */
export const isSuccess = (exit: ExitStatus): boolean => exit.type === 'exited' && exit.code === 0;

/** `exit 3` or `SIGKILL`, for sentences. */
export const describeExit = (exit: ExitStatus): string =>
  exit.type === 'exited' ? `exit ${exit.code}` : exit.signal;

/** How sure we are of owning the whole tree, surest first. */
export const CONTAINMENTS = ['pidns', 'shim', 'group'] as const;
export type Containment = (typeof CONTAINMENTS)[number];

/** Whether containment `have` is at least as sure as `need`. */
export const containmentSuffices = (have: Containment, need: Containment): boolean =>
  CONTAINMENTS.indexOf(have) <= CONTAINMENTS.indexOf(need);

/** Why a run ended, in the words of the evidence. */
export const EXIT_REASONS = [
  'COMPLETED',
  'COMMAND_FAILURE',
  'USER_TERMINATED',
  'API_TERMINATED',
  'LOOP_DETECTED',
  'SPIN_DETECTED',
  'LEAK_DETECTED',
  'FLOOD_DETECTED',
  'FORK_STORM_DETECTED',
  'HANG_DETECTED',
  'SAFETY_LIMIT_EXCEEDED',
  'EXTERNAL_KILL',
  'SUPERVISOR_LOST',
  'RESTART_BUDGET_EXHAUSTED',
  'WATCHDOG_ALERT',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** Who ordered something: FlowForge itself, a person at the terminal, a key holder, or recovery. */
export type Actor = 'flowforge' | 'operator' | 'recovery' | `api-key:${string}`;
