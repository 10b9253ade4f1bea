// Numbers as a person reads them, each with its unit.

const DIGITS = 3;

/** `0.4`, `31`, `1,204`: three digits that matter, never an exponent. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : DIGITS - 1;
  return (FORMATS[decimals] ?? FORMATS[0]).format(value);
}

/** Made once, by number of decimals: making one takes longer than all that it formats on a page. */
const FORMATS = [0, 1, 2].map(
  (decimals) => new Intl.NumberFormat('en', { maximumFractionDigits: decimals }),
) as [Intl.NumberFormat, Intl.NumberFormat, Intl.NumberFormat];

/** `512 B`, `64 kB`, `1.2 GB`: powers of ten, as settings such as `2GB` mean them. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = count < 1 ? 0 : Math.min(4, Math.floor(Math.log10(count) / 3));
  const size = count / 1000 ** step;
  return `${size < 10 && step > 0 ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}

export const percent = (value: number): string => `${Math.round(value)} %`;

/** `850 ms`, `6.4 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function duration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 10_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  if (durationMs < 60_000) return `${Math.floor(durationMs / 1_000)} s`;
  const seconds = Math.floor(durationMs / 1_000);
  if (seconds < 3_600) return pair(seconds, [60, 'min'], [1, 's']);
  if (seconds < 86_400) return pair(seconds, [3_600, 'h'], [60, 'min']);
  return pair(seconds, [86_400, 'd'], [3_600, 'h']);
}

function pair(
  seconds: number,
  [major, majorUnit]: readonly [number, string],
  [minor, minorUnit]: readonly [number, string],
): string {
  const rest = Math.floor((seconds % major) / minor);
  const first = `${Math.floor(seconds / major)} ${majorUnit}`;
  return rest === 0 ? first : `${first} ${rest} ${minorUnit}`;
}

/** `just now`, `12 s ago`, `3 min ago`, `in 4 s`. */
export function ago(atMs: number, nowMs: number): string {
  const gap = nowMs - atMs;
  if (Math.abs(gap) < 1_500) return 'just now';
  const size = Math.abs(gap);
  const words =
    size < 60_000
      ? `${Math.round(size / 1_000)} s`
      : size < 3_600_000
        ? `${Math.floor(size / 60_000)} min`
        : size < 86_400_000
          ? `${Math.floor(size / 3_600_000)} h`
          : `${Math.floor(size / 86_400_000)} d`;
  return gap > 0 ? `${words} ago` : `in ${words}`;
}

export const count = (value: number, one: string, many = `${one}s`): string =>
  `${figure(value)} ${figure(value) === '1' ? one : many}`;
