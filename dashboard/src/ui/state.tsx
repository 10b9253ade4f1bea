// How things stand, by shape, word and colour: never by colour alone.

import type { Incident } from '../../../src/contract/incident.ts';
import type { Run } from '../../../src/contract/run.ts';
import { isSealed, SEALED } from '../wire/facts.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy';

const MARKS: Readonly<Record<Tone, string>> = {
  good: '●',
  warn: '▲',
  bad: '■',
  quiet: '○',
  busy: '◐',
};

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={`badge ${tone}`}>
      <span aria-hidden="true">{MARKS[tone]}</span> {children}
    </span>
  );
}

const PHASES: Readonly<Record<string, readonly [Tone, string]>> = {
  idle: ['busy', 'starting'],
  starting: ['busy', 'starting'],
  running: ['good', 'running'],
  paused: ['warn', 'paused'],
  settling: ['busy', 'settling'],
  stopping: ['busy', 'stopping'],
  killing: ['bad', 'killing'],
  draining: ['busy', 'finishing output'],
  waiting: ['busy', 'waiting to restart'],
  ended: ['quiet', 'ended'],
  'not-answering': ['bad', 'its guard does not answer'],
};

const REASONS: Readonly<Record<string, readonly [Tone, string]>> = {
  COMPLETED: ['quiet', 'completed'],
  COMMAND_FAILURE: ['warn', 'failed by itself'],
  USER_TERMINATED: ['quiet', 'stopped by a person'],
  API_TERMINATED: ['quiet', 'stopped over the API'],
  LOOP_DETECTED: ['bad', 'stopped: loop'],
  SPIN_DETECTED: ['bad', 'stopped: silent spin'],
  LEAK_DETECTED: ['bad', 'stopped: memory growth'],
  FLOOD_DETECTED: ['bad', 'stopped: output flood'],
  FORK_STORM_DETECTED: ['bad', 'stopped: fork storm'],
  HANG_DETECTED: ['bad', 'stopped: hang'],
  SAFETY_LIMIT_EXCEEDED: ['bad', 'stopped: limit exceeded'],
  EXTERNAL_KILL: ['bad', 'killed by something else'],
  SUPERVISOR_LOST: ['bad', 'its guard was lost'],
  RESTART_BUDGET_EXHAUSTED: ['bad', 'too many restarts'],
  WATCHDOG_ALERT: ['warn', 'alert only'],
};

/** An exit reason in a few words. */
export const reasonInWords = (reason: string): string => REASONS[reason]?.[1] ?? reason;

export const toneOfReason = (reason: string): Tone => REASONS[reason]?.[0] ?? 'quiet';

export function RunBadge({
  run,
}: {
  readonly run: Pick<Run, 'state' | 'phase' | 'exit_reason'> & {
    readonly incident_id?: string | null;
  };
}) {
  if (run.state === 'lost') return <Badge tone="bad">its guard is gone</Badge>;
  if (run.state === 'unknown') return <Badge tone="quiet">on another host</Badge>;
  if (run.state === 'ended') {
    const [tone, words] = REASONS[run.exit_reason ?? ''] ?? ['quiet', 'ended'];
    return <Badge tone={tone}>{words}</Badge>;
  }
  if (run.phase === 'running' && run.incident_id)
    return <Badge tone="warn">running, suspected</Badge>;
  const [tone, words] = PHASES[run.phase ?? ''] ?? ['busy', run.phase ?? 'unknown'];
  return <Badge tone={tone}>{words}</Badge>;
}

export function IncidentBadge({ incident }: { readonly incident: Incident }) {
  if (incident.verdict === 'false-alarm') return <Badge tone="quiet">false alarm</Badge>;
  if (incident.verdict === 'right') return <Badge tone="good">acknowledged</Badge>;
  if (incident.status === 'open') return <Badge tone="warn">open</Badge>;
  return <Badge tone="quiet">closed</Badge>;
}

/** What a run is called: its name, else the end of its command. */
export function runName(run: {
  readonly name: string | null;
  readonly argv: readonly string[];
}): string {
  if (run.name) return run.name;
  if (isSealed(...run.argv)) return SEALED;
  const [program = '?', ...rest] = run.argv;
  return [program.split('/').at(-1) ?? program, ...rest].join(' ').slice(0, 80);
}
