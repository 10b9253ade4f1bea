// Takes colours, cursor movements and other control characters out of a text. They can split a secret for a rule,
// and they can do harm in the terminal of whoever reads the evidence.

const hex = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
const range = (from: number, to: number): string => `${hex(from)}-${hex(to)}`;

/** All controls but tab, line feed and carriage return; and marks that are invisible or turn the direction of text. */
const CONTROLS =
  range(0x00, 0x08) +
  range(0x0b, 0x0c) +
  range(0x0e, 0x1f) +
  range(0x7f, 0x9f) +
  range(0x200b, 0x200f) +
  range(0x2028, 0x202e) +
  hex(0xfeff);

const ESC = hex(0x1b);
const BEL = hex(0x07);

const CONTROL = new RegExp(`[${CONTROLS}]`);
const EVERY_CONTROL = new RegExp(`[${CONTROLS}]`, 'g');

/** CSI sequences, strings (OSC, DCS, …) up to their end, and the short ones (ECMA-48). Bounded in length. */
const SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]{0,64}[ -/]{0,8}[@-~]|[\\]PX^_][^${BEL}${ESC}]{0,4096}(?:${BEL}|${ESC}\\\\)?|[ -/]{0,4}[0-~])`,
  'g',
);

export const withoutTerminalCodes = (text: string): string =>
  CONTROL.test(text) ? text.replace(SEQUENCE, '').replace(EVERY_CONTROL, '') : text;
