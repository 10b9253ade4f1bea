// Columns for people: padded to what they hold, cut to the width of the terminal.

import { stripVTControlCharacters } from 'node:util';

const DEFAULT_WIDTH = 120;
const GAP = '  ';

/** Lines up rows under their heads; the last column takes what width is left. */
export function renderTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [heads, ...rows].map((row) => row.map(plain));
  const widths = heads.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lineWidth = process.stdout.columns ?? (process.stdout.isTTY ? DEFAULT_WIDTH : Infinity);
  return cells
    .map((row) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd();
      return line.length > lineWidth ? `${line.slice(0, lineWidth - 1)}…` : line;
    })
    .join('\n');
}

/** What others wrote must not steer the terminal. */
const plain = (text: string): string => stripVTControlCharacters(text).replace(/[\r\n\t]+/g, ' ');

/** `1.2 GB`, in decimal units as disks and networks count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** `3 h 12 min`, `45 s`: the two largest units that say something. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const from = parts.findIndex(([count]) => count > 0);
  if (from < 0) return '0 s';
  const shown = parts.slice(from, from + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** `2026-11-23 20:15:00` in the local time zone, for people; JSON keeps UTC. */
export function formatInstant(timestamp: string): string {
  const local = new Date(timestamp);
  const offsetMs = local.getTimezoneOffset() * 60_000;
  return new Date(local.getTime() - offsetMs).toISOString().slice(0, 19).replace('T', ' ');
}
