// Counters made of events: what the database knows, a restart of the API does not set back.

import { ACTION_SECONDS } from '../core/action-seconds.ts';
import type { EventCount, EvidenceReader, MetricFamily } from '../ports.ts';
import { Counters, Histograms } from './meter.ts';

export class EventCounters {
  readonly #reader: Pick<EvidenceReader, 'tally'>;
  readonly #runs = new Counters('flowforge_runs_total');
  readonly #incidents = new Counters('flowforge_incidents_total');
  readonly #actions = new Counters('flowforge_actions_total');
  readonly #kills = new Counters('flowforge_process_kill_total');
  readonly #restarts = new Counters('flowforge_process_restart_total');
  readonly #blocked = new Counters('flowforge_restart_budget_block_total');
  readonly #reaped = new Counters('flowforge_orphans_reaped_total');
  readonly #errors = new Counters('flowforge_db_errors_total');
  readonly #durations = new Histograms('flowforge_intervention_duration_seconds', ACTION_SECONDS);
  #upto = 0;

  constructor(reader: Pick<EvidenceReader, 'tally'>) {
    this.#reader = reader;
  }

  /** The last event that is counted. */
  get lastSeq(): number {
    return this.#upto;
  }

  /** Counts what has happened since. While the database cannot be read, nothing new is known. */
  catchUp(): void {
    try {
      const { upto, counts } = this.#reader.tally(this.#upto);
      this.#upto = upto;
      for (const count of counts) this.#take(count);
    } catch {
      // The readiness says so.
    }
  }

  families(): readonly MetricFamily[] {
    const all = [this.#runs, this.#incidents, this.#actions, this.#kills, this.#restarts];
    const counters = [...all, this.#blocked, this.#reaped, this.#errors];
    return [...counters.map((it) => it.family()), this.#durations.family()];
  }

  #take(event: EventCount): void {
    const { type, action, outcome, exitReason, ruleId, isByKey, count } = event;
    switch (type) {
      case 'run.ended':
        this.#runs.add({ outcome: exitReason ?? 'unknown' }, count);
        break;
      case 'incident.opened':
        this.#incidents.add({ detector: ruleId ?? 'none' }, count);
        break;
      case 'action.completed':
        this.#actions.add({ action: action ?? '', outcome: outcome ?? '' }, count);
        this.#durations.observe({ action: action ?? '' }, event.seconds, {
          count,
          within: event.withinSeconds ?? Number.POSITIVE_INFINITY,
        });
        break;
      case 'store.degraded':
        this.#errors.add({}, count);
        break;
      default:
        this.#audit(action ?? '', isByKey, count);
    }
  }

  #audit(action: string, isByKey: boolean, count: number): void {
    if (isByKey && (action === 'STOP' || action === 'KILL')) this.#kills.add({}, count);
    if (isByKey && action === 'RESTART') this.#restarts.add({}, count);
    if (action === 'RESTART_BLOCKED') this.#blocked.add({}, count);
    if (action === 'ORPHAN_REAPED') this.#reaped.add({}, count);
  }
}
