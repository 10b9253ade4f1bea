// Stamps facts with ids, times and place, takes the secrets out, and hands them to the event log.
// Nothing that has not gone through here is ever stored.

import type { StoredSample } from '../core/detection/sample.ts';
import { type Fact, isUrgent, type UnstoredEvent } from '../core/event.ts';
import type { IncidentId } from '../core/id.ts';
import { redactArguments } from '../core/redaction/arguments.ts';
import type { Redactor } from '../core/redaction/redactor.ts';
import type { Stored } from '../ports.ts';
import type { Job, World } from './job.ts';

export class Recorder {
  readonly #world: Pick<World, 'clock' | 'ids' | 'log' | 'origin' | 'redactor'>;
  readonly #job: Pick<Job, 'runId'>;
  /** Events that could not be stored, nor kept aside. */
  lostCount = 0;

  constructor(
    world: Pick<World, 'clock' | 'ids' | 'log' | 'origin' | 'redactor'>,
    job: Pick<Job, 'runId'>,
  ) {
    this.#world = world;
    this.#job = job;
  }

  /** Records a fact of the run; one that must be durable is, when this returns. */
  record(fact: Fact, attempt: number | null, incidentId: IncidentId | null = null): Stored {
    const { clock, ids, log, origin, redactor } = this.#world;
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
    const event = { ...stamp, ...withoutSecrets(fact, redactor) } as UnstoredEvent;
    const stored = log.append([event], isUrgent(fact.type) ? 'durable' : 'grouped');
    if (stored === 'lost') this.lostCount++;
    return stored;
  }

  /** Records a reading of the run; the log thins and groups them. */
  recordSample(attempt: number, sample: StoredSample): void {
    this.#world.log.appendSample(this.#job.runId, attempt, this.#world.clock.now(), sample);
  }
}

/** The same fact without secrets, wherever its texts stand. */
function withoutSecrets(fact: Fact, redactor: Redactor): Fact {
  if (fact.type !== 'run.started') return clean(fact, redactor);
  const argv = redactArguments(redactor, fact.payload.argv);
  return { ...clean(fact, redactor), payload: { ...clean(fact.payload, redactor), argv } };
}

function clean<T>(value: T, redactor: Redactor): T {
  if (typeof value === 'string') return redactor.text(value) as T;
  // Lines that belong together: a key may span several of them.
  if (isTexts(value)) return redactor.lines(value) as T;
  if (Array.isArray(value)) return value.map((item) => clean(item, redactor)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, clean(item, redactor)]),
  ) as T;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
