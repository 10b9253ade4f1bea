// Stamps facts with ids, times and place, takes the secrets out, and hands them to the event log.
// Nothing that has not gone through here is ever stored.

import { type Fact, isUrgent, type UnstoredEvent } from '../core/event.ts';
import type { IncidentId } from '../core/id.ts';
import type { Stored, StoredSample } from '../ports.ts';
import type { Job, World } from './job.ts';

export class Recorder {
  readonly #world: Pick<World, 'clock' | 'ids' | 'log' | 'origin' | 'redact'>;
  readonly #job: Pick<Job, 'runId'>;
  /** Events that could not be stored, nor kept aside. */
  lostCount = 0;

  constructor(
    world: Pick<World, 'clock' | 'ids' | 'log' | 'origin' | 'redact'>,
    job: Pick<Job, 'runId'>,
  ) {
    this.#world = world;
    this.#job = job;
  }

  /** Records a fact of the run; one that must be durable is, when this returns. */
  record(fact: Fact, attempt: number | null, incidentId: IncidentId | null = null): Stored {
    const { clock, ids, log, origin, redact } = this.#world;
    const stamp = {
      eventId: ids.eventId(),
      hostId: origin.hostId,
      bootId: origin.bootId,
      runId: this.#job.runId,
      attempt,
      incidentId,
      version: 1 as const,
      at: clock.now(),
      monotonicAt: clock.monotonic(),
    };
    const event = { ...stamp, ...mapText(fact, redact) } as UnstoredEvent;
    const stored = log.append([event], isUrgent(fact.type) ? 'durable' : 'grouped');
    if (stored === 'lost') this.lostCount++;
    return stored;
  }

  /** Records a reading of the run; the log thins and groups them. */
  recordSample(attempt: number, sample: StoredSample): void {
    this.#world.log.appendSample(this.#job.runId, attempt, this.#world.clock.now(), sample);
  }
}

/** The same value with every text in it mapped. */
function mapText<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapText(item, map)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapText(item, map)]),
  ) as T;
}
