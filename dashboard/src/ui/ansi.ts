// Text of a stranger, taken apart so that it can be shown and can do nothing: colours become classes, every other
// terminal command disappears or is named, and characters that reorder or hide text are made visible.

export interface Piece {
  readonly text: string;
  /** Classes of style.css, e.g. `ansi-fg-1 ansi-bold`. */
  readonly className: string;
  /** Whether it stands for a character that has no shape of its own. */
  readonly isNamed: boolean;
}

/** Longer lines are cut; what was left out is said. */
export const LINE_CHARS_SHOWN = 4_096;

// CSI … final byte; OSC, DCS, PM, APC … until BEL or ST; two-character escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const ESCAPES = /\x1b\[([0-9;:?]*)[ -/]*([@-~])|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b./g;
// C0 and C1 controls, bidirectional controls, zero-width characters, separators, tags.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

interface Style {
  readonly fg: number | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

const PLAIN: Style = { fg: null, isBold: false, isDim: false };

/** Takes a line apart. Every character of it is shown, named, or part of a terminal command. */
export function takeApart(line: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let style = PLAIN;
  let from = 0;
  const shown = line.slice(0, LINE_CHARS_SHOWN);
  for (const match of shown.matchAll(ESCAPES)) {
    pieces.push(...name(shown.slice(from, match.index), classOf(style)));
    if (match[2] === 'm') style = restyle(style, match[1] ?? '');
    from = match.index + match[0].length;
  }
  pieces.push(...name(shown.slice(from), classOf(style)));
  const rest = line.length - shown.length;
  if (rest > 0) {
    const text = ` … ${rest.toLocaleString('en')} more characters`;
    pieces.push({ text, className: 'named', isNamed: true });
  }
  return pieces;
}

/** The same as plain text. */
export const plainText = (line: string): string =>
  takeApart(line)
    .map(({ text }) => text)
    .join('');

function name(text: string, className: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const push = (part: string, classes: string, isNamed: boolean): void => {
    if (part !== '') pieces.push({ text: part, className: classes, isNamed });
  };
  for (const match of text.matchAll(HIDDEN)) {
    push(text.slice(from, match.index), className, false);
    push(nameOf(match[0]), 'named', true);
    from = match.index + match[0].length;
  }
  push(text.slice(from), className, false);
  return pieces;
}

/** `U+202E`; the end of a line has a sign of its own. */
function nameOf(character: string): string {
  if (character === '\n') return '↵';
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function classOf({ fg, isBold, isDim }: Style): string {
  const classes = [fg === null ? '' : `ansi-${fg}`, isBold ? 'ansi-bold' : ''];
  return [...classes, isDim ? 'ansi-dim' : ''].filter(Boolean).join(' ');
}

/** Colours 0 to 15, bold and dim; what else there is keeps the colour of the text: it is to be read. */
function restyle(style: Style, parameters: string): Style {
  let next = style;
  const codes = parameters.split(/[;:]/).map((text) => Number(text || 0));
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
    else next = restyleBy(next, code);
  }
  return next;
}

function restyleBy(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 82 };
  if (code === 39) return { ...style, fg: null };
  return style;
}
