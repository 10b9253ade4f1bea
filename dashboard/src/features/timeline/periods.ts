// How far back one looks.

/** Value in the address, and its words. */
export const PERIODS = [
  ['', 'the beginning'],
  ['15m', '15 minutes ago'],
  ['1h', 'an hour ago'],
  ['24h', 'a day ago'],
  ['7d', 'a week ago'],
] as const;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The instant a period begins, in RFC 3339, to the minute (so that the same question gets the same answer for a
 * while); an instant is taken as it is. '' for all.
 */
export function instantOf(period: string): string {
  const [, amount, unit = ''] = /^(\d{1,4})([mhd])$/.exec(period) ?? [];
  if (amount !== undefined) {
    const at = Date.now() - Number(amount) * (UNITS[unit] ?? 0);
    return new Date(Math.floor(at / 60_000) * 60_000).toISOString();
  }
  return Number.isNaN(Date.parse(period)) ? '' : new Date(period).toISOString();
}
