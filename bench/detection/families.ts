// The families of workloads the detector is fitted to, checked on and judged by. A family is in one split
// only: what is judged was never seen by the fit.

export type Split = 'train' | 'validation' | 'held-out';

/** What kind of trouble a runaway is; `healthy` is none. */
export type Kind =
  | 'healthy'
  | 'busy-loop'
  | 'retry-storm'
  | 'agent-loop'
  | 'flood'
  | 'memory'
  | 'processes';

export interface Family {
  readonly name: string;
  readonly kind: Kind;
  readonly split: Split;
  /** The workload script, its family argument and how long it runs. */
  readonly script: string;
  readonly seconds: number;
  /** When it turns runaway, in seconds from the start. */
  readonly onsetSeconds?: number;
  /** Limits the run is judged with, as a user would set them. */
  readonly limits?: { readonly maxMemoryBytes?: number };
}

const family = (
  split: Split,
  kind: Kind,
  [script, name]: readonly [string, string],
  rest: Pick<Family, 'seconds'> & Partial<Family>,
): Family => ({ name, kind, split, script, ...rest });

const MB = 1024 * 1024;
const LOOP = { seconds: 40 };
const SLOW = { seconds: 85 };
const WORK = { seconds: 45 };

export const FAMILIES: readonly Family[] = [
  family('train', 'busy-loop', ['runaway.py', 'stuck_line'], LOOP),
  family('train', 'busy-loop', ['runaway.mjs', 'cycle_neutral'], LOOP),
  family('train', 'busy-loop', ['runaway.mjs', 'read_again'], LOOP),
  family('train', 'retry-storm', ['runaway.py', 'backoff'], SLOW),
  family('train', 'agent-loop', ['runaway.py', 'agent_text'], SLOW),
  family('train', 'healthy', ['healthy.py', 'steps'], WORK),
  family('train', 'healthy', ['healthy.py', 'heartbeat_busy'], WORK),
  family('train', 'healthy', ['healthy.py', 'polling'], WORK),
  family('train', 'healthy', ['healthy.py', 'copy_files'], WORK),
  family('train', 'healthy', ['healthy.py', 'access_log'], WORK),
  family('train', 'healthy', ['healthy.sh', 'unit_tests'], WORK),
  family('train', 'healthy', ['healthy.py', 'rows'], WORK),
  family('validation', 'busy-loop', ['runaway.py', 'long_cycle'], LOOP),
  family('validation', 'busy-loop', ['runaway.mjs', 'json_errors'], LOOP),
  family('validation', 'retry-storm', ['runaway.sh', 'refused'], SLOW),
  family('validation', 'healthy', ['healthy.py', 'progress_bar'], WORK),
  family('validation', 'healthy', ['healthy.py', 'flaky'], WORK),
  family('validation', 'healthy', ['healthy.sh', 'lint'], WORK),
  family('validation', 'healthy', ['healthy.py', 'simulation'], WORK),
  family('validation', 'healthy', ['healthy.py', 'heartbeat_idle'], WORK),
  family('validation', 'healthy', ['healthy.py', 'noisy_training'], WORK),
  family('held-out', 'busy-loop', ['runaway.py', 'busy_failure'], LOOP),
  family('held-out', 'busy-loop', ['runaway.py', 'identical_busy'], LOOP),
  family('held-out', 'busy-loop', ['runaway.mjs', 'cycle_seven'], LOOP),
  family('held-out', 'busy-loop', ['runaway.mjs', 'cycle_four'], LOOP),
  family('held-out', 'busy-loop', ['runaway.sh', 'spin_print'], LOOP),
  family('held-out', 'busy-loop', ['runaway.sh', 'crash_loop'], LOOP),
  family('held-out', 'busy-loop', ['runaway.py', 'idle_then_loop'], {
    seconds: 55,
    onsetSeconds: 20,
  }),
  family('held-out', 'retry-storm', ['runaway.mjs', 'retry_idle'], SLOW),
  family('held-out', 'retry-storm', ['runaway.py', 'backoff_jitter'], SLOW),
  family('held-out', 'agent-loop', ['runaway.py', 'agent_claude'], SLOW),
  family('held-out', 'agent-loop', ['runaway.py', 'agent_codex'], SLOW),
  family('held-out', 'flood', ['runaway.py', 'flood'], { seconds: 25 }),
  family('held-out', 'memory', ['runaway.py', 'leak'], {
    seconds: 40,
    limits: { maxMemoryBytes: 200 * MB },
  }),
  family('held-out', 'processes', ['runaway.sh', 'fork_growth'], { seconds: 24 }),
  family('held-out', 'healthy', ['healthy.py', 'epochs'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'epochs_flat'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'hash_files'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'file_batch'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'shards_then_silent'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'sort_silently'], { seconds: 30 }),
  family('held-out', 'healthy', ['healthy.py', 'heartbeat_second'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'spinner'], { seconds: 30 }),
  family('held-out', 'healthy', ['healthy.py', 'progress_lines'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'wait_for_database'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'solver'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'dev_server'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'agent_claude'], WORK),
  family('held-out', 'healthy', ['healthy.py', 'agent_waiting'], SLOW),
  family('held-out', 'healthy', ['healthy.py', 'compress'], WORK),
  family('held-out', 'healthy', ['healthy.sh', 'compile'], WORK),
  family('held-out', 'healthy', ['healthy.sh', 'list_files'], WORK),
  family('held-out', 'healthy', ['healthy.sh', 'archive'], WORK),
];
