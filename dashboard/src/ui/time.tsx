// Instants: relative where one reads, absolute (UTC and local) on hover, exact for programs.

import { useSyncExternalStore } from 'react';
import { ago } from './units.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** The time of this browser, to the second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs);

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={`${LOCAL.format(atMs)} local time\n${at}`}>
      {ago(atMs, Math.max(now, Date.now()))}
    </time>
  );
}

/** `14:03:22.120`, in local time. */
export function ClockTime({ at }: { readonly at: string }) {
  const date = new Date(at);
  const part = (value: number, width = 2) => String(value).padStart(width, '0');
  const text = `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(date.getMilliseconds(), 3)}`;
  return (
    <time dateTime={at} title={`${LOCAL.format(date)} local time\n${at}`} className="num">
      {text}
    </time>
  );
}

/** `24 Nov 2026`, in local time. */
export const dayOf = (at: string): string =>
  new Date(at).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
