// An event log in memory, for tests of what is recorded. The real one is tested against the same contract.

import type { StoredSample } from '../../src/core/detection/sample.ts';
import type { EventType, FactOf, UnstoredEvent } from '../../src/core/event.ts';
import type { EventLog, Stored } from '../../src/ports.ts';

export class MemoryEventLog implements EventLog {
  readonly events: UnstoredEvent[] = [];
  readonly samples: StoredSample[] = [];
  /** What the next appends come to. */
  outcome: Stored = 'stored';

  append(events: readonly UnstoredEvent[]): Stored {
    this.events.push(...events);
    return this.outcome;
  }

  appendSample(_runId: unknown, _attempt: number, _at: unknown, sample: StoredSample): void {
    this.samples.push(sample);
  }

  trouble(): string | null {
    return this.outcome === 'stored' ? null : 'the disk is full';
  }

  close(): void {}

  /** The events of one type, in order. */
  of<T extends EventType>(type: T): (FactOf<T> & UnstoredEvent)[] {
    return this.events.filter((event): event is FactOf<T> & UnstoredEvent => event.type === type);
  }

  get types(): EventType[] {
    return this.events.map((event) => event.type);
  }
}
