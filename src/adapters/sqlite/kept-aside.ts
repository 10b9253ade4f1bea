// Events that the database refused, in their order, until it takes them. Bounded; what does not fit is counted.

import { LIMITS } from '../../core/limits.ts';
import type { EncodedEvent } from './event-codec.ts';

export class KeptAside {
  #events: EncodedEvent[] = [];
  lostCount = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  get events(): readonly EncodedEvent[] {
    return this.#events;
  }

  /** Keeps an event. When there is no room, the oldest decision trace goes; without any, the event is lost. */
  keep(event: EncodedEvent): boolean {
    if (this.#events.length >= LIMITS.unstoredEventsMax && !this.#makeRoom()) {
      this.lostCount++;
      return false;
    }
    this.#events.push(event);
    return true;
  }

  /** Forgets everything, for it is in the database now. */
  clear(): void {
    this.#events = [];
    this.lostCount = 0;
  }

  #makeRoom(): boolean {
    const trace = this.#events.findIndex(({ type }) => type === 'decision.made');
    if (trace === -1) return false;
    this.#events.splice(trace, 1);
    this.lostCount++;
    return true;
  }
}
