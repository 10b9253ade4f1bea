// What comes in within a moment is shown together, so that the browser lays out and paints once for all of it.

const GATHER_MS = 50;

let due = new Set<() => void>();
const everyBeat = new Set<() => void>();

/** Runs `show` in a moment, together with what else comes until then; once, however often it is asked for. */
export function soon(show: () => void): void {
  if (due.size === 0) window.setTimeout(beat, GATHER_MS);
  due.add(show);
}

/** Runs `show` whenever something is shown. Gives the way to end that. */
export function onBeat(show: () => void): () => void {
  everyBeat.add(show);
  return () => everyBeat.delete(show);
}

function beat(): void {
  const shows = due;
  due = new Set();
  for (const show of [...shows, ...everyBeat]) show();
}
