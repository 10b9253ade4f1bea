// Which part of the time one looks at: it stands in the address, so that it can be shared.

import { useEffect, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { Range } from './series.ts';

export const PERIODS = {
  '10m': { words: 'the last 10 minutes', seconds: 600 },
  '1h': { words: 'the last hour', seconds: 3_600 },
  '24h': { words: 'the last day', seconds: 86_400 },
} as const;
type Period = keyof typeof PERIODS;

export type Look =
  | { readonly type: 'all' }
  | { readonly type: 'last'; readonly period: Period }
  | { readonly type: 'part'; readonly range: Range };

export const periodOf = (text: string | null): Period | null =>
  text !== null && Object.hasOwn(PERIODS, text) ? (text as Period) : null;

/** The part of the time axis that is shown; null: all of it. */
export function rangeOf(look: Look, lastSeconds: number): Range | null {
  if (look.type === 'part') return look.range;
  return look.type === 'last' ? [lastSeconds - PERIODS[look.period].seconds, lastSeconds] : null;
}

/** What the address says, and the way to change it. Esc shows all again. */
export function useLook(): { readonly look: Look; readonly choose: (look: Look) => void } {
  const [search, setSearch] = useSearchParams();
  const [from, to, last] = ['from', 'to', 'last'].map((name) => search.get(name));
  const look = useMemo(() => lookOf(from, to, last), [from, to, last]);
  const choose = (next: Look): void =>
    setSearch((before) => written(next, new URLSearchParams(before)), { replace: true });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isForUs = event.key === 'Escape' && !document.querySelector('dialog[open]');
      if (isForUs && look.type !== 'all') choose({ type: 'all' });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return { look, choose };
}

function lookOf(from?: string | null, to?: string | null, last?: string | null): Look {
  const range = [Number(from ?? Number.NaN), Number(to ?? Number.NaN)] as const;
  if (range.every(Number.isFinite) && range[1] > range[0]) return { type: 'part', range };
  const period = periodOf(last ?? null);
  return period === null ? { type: 'all' } : { type: 'last', period };
}

function written(look: Look, params: URLSearchParams): URLSearchParams {
  for (const name of ['from', 'to', 'last']) params.delete(name);
  if (look.type === 'last') params.set('last', look.period);
  if (look.type === 'part') {
    params.set('from', look.range[0].toFixed(1));
    params.set('to', look.range[1].toFixed(1));
  }
  return params;
}
