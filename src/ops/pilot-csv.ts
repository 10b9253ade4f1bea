// Comma-separated values as RFC 4180 has them, safe to open in a spreadsheet.

/** What a spreadsheet would take for a formula when it stands first. */
const FORMULA = /^[=+\-@\t\r]/;

export type Cell = string | number | null;

/** A table with its heading; lines end in CRLF. An absent value is an empty cell. */
export const toCsv = (heading: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [heading, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
