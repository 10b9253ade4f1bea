// Numbers in the words a person reads first.

/** `850 ms`, `64 s`, `8 min`, `2.5 h`. */
export function inWords(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 120_000) return `${Math.round(durationMs / 1000)} s`;
  if (durationMs < 7_200_000) return `${Math.round(durationMs / 60_000)} min`;
  return `${(durationMs / 3_600_000).toFixed(1)} h`;
}

/** `512 B`, `64 KB`, `1.2 GB`, in steps of 1,024. */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 1024 ** step;
  return `${size < 10 && step > 0 ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}

/** A rate with one decimal where it matters: `0.4`, `31`. */
export const rateInWords = (perSecond: number): string =>
  perSecond < 10 ? String(Math.round(perSecond * 10) / 10) : String(Math.round(perSecond));
