// Instants: relative where one reads, absolute (UTC and local) on hover, exact for programs.

import { useSyncExternalStore } from 'react';
import { onBeat, soon } from '../wire/beat.ts';
import { ago } from './units.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let end: (() => void) | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  end ??= begin();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    end?.();
    end = undefined;
  };
}

/** Goes on when something else is shown anyway; by itself only where that is too long ago. */
function begin(): () => void {
  nowMs = Date.now();
  const timer = window.setInterval(() => {
    if (Date.now() - nowMs > 1.5 * TICK_MS) soon(tick);
  }, TICK_MS);
  const leave = onBeat(() => {
    if (Date.now() - nowMs > 0.9 * TICK_MS) tick();
  });
  return () => {
    window.clearInterval(timer);
    leave();
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const each of listeners) each();
}

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function Ago({ at }: { readonly at: string }) {
  const atMs = Date.parse(at);
  const text = useSyncExternalStore(subscribe, () => ago(atMs, nowMs));
  return (
    <time dateTime={at} title={`${LOCAL.format(atMs)} local time\n${at}`}>
      {text}
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
