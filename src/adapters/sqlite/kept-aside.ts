// Events that the database refused, in their order, until it takes them: in memory, and those that must not be lost
// in the spool as well. Bounded; what does not fit is counted.

import type { EventType } from '../../core/event.ts';
import { isUrgent } from '../../core/event.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Cancel, Clock } from '../../ports.ts';
import type { EncodedEvent } from './event-codec.ts';
import { Spool } from './spool.ts';

export class KeptAside {
  readonly #spool: Spool;
  #events: EncodedEvent[] = [];
  #cancelReserve: Cancel = () => {};
  lostCount = 0;

  constructor(databasePath: string) {
    this.#spool = new Spool(databasePath);
  }

  get events(): readonly EncodedEvent[] {
    return this.#events;
  }

  /** Takes room on the disk while there is some, once the run has proven not to be a short one. */
  reserveLater(clock: Clock): void {
    this.#cancelReserve = clock.after(LIMITS.spoolAfterMs, () => this.#spool.reserve());
  }

  /** Keeps an event. When there is no room, the oldest decision trace goes; without any, the event is lost. */
  keep(event: EncodedEvent): boolean {
    if (this.#events.length >= LIMITS.unstoredEventsMax && !this.#makeRoom()) {
      this.lostCount++;
      return false;
    }
    this.#events.push(event);
    if (isUrgent(event.type as EventType)) this.#spool.put(event);
    return true;
  }

  /** Forgets everything, for it is in the database now. */
  clear(): void {
    this.#events = [];
    this.lostCount = 0;
    this.#spool.clear();
  }

  /** What is not in the database by now stays in the spool for the next start. */
  close(): void {
    this.#cancelReserve();
    this.#spool.close(this.#events.length > 0);
  }

  #makeRoom(): boolean {
    const trace = this.#events.findIndex(({ type }) => type === 'decision.made');
    if (trace === -1) return false;
    this.#events.splice(trace, 1);
    this.lostCount++;
    return true;
  }
}
