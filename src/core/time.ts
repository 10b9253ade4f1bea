// Two clocks that must never be mixed: wall time stamps facts, monotonic time measures durations.

declare const epoch: unique symbol;
declare const monotonic: unique symbol;

/** An instant of the wall clock in milliseconds since 1970, UTC. May jump; only ever written down. */
export type EpochMs = number & { readonly [epoch]: true };

/** An instant of a clock that never goes back, in milliseconds since an arbitrary origin. */
export type MonotonicMs = number & { readonly [monotonic]: true };

/** Marks a number of milliseconds since 1970 as a wall-clock instant. */
export const epochMs = (value: number): EpochMs => value as EpochMs;

/** Marks a number of milliseconds as a monotonic instant. */
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;

/** The instant `durationMs` after `instant`. */
export const later = (instant: MonotonicMs, durationMs: number): MonotonicMs =>
  (instant + durationMs) as MonotonicMs;

/** RFC 3339 in UTC with milliseconds, e.g. `2026-11-23T20:15:00.123Z`. */
export const toTimestamp = (instant: EpochMs): string => new Date(instant).toISOString();
