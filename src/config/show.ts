// Writes durations and sizes the way the configuration reads them.

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `90_000` → `1m30s`: exact, and readable by the configuration. */
export function compactDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let restMs = durationMs;
  let written = '';
  for (const [unit, unitMs] of DURATION_UNITS) {
    const amount = unit === 'ms' ? restMs : Math.floor(restMs / unitMs);
    if (amount > 0) written += `${amount}${unit}`;
    restMs -= amount * unitMs;
  }
  return written;
}

/** `512_000_000` → `512MB`, `2_147_483_648` → `2GiB`: exact, in the largest unit that divides it. */
export function compactSize(bytes: number): string {
  const binary = inUnits(bytes, 1024, BINARY_UNITS);
  const decimal = inUnits(bytes, 1000, DECIMAL_UNITS);
  return binary.length < decimal.length ? binary : decimal;
}

function inUnits(bytes: number, base: number, units: readonly string[]): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= base && amount % base === 0 && unit < units.length - 1) {
    amount /= base;
    unit += 1;
  }
  return `${amount}${units[unit]}`;
}
