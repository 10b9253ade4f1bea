// Reads a pilot file: `name|max_cpu|expected|command`, one case a line, `#` before a comment. The whole file is
// checked before anything runs, and everything that is wrong with it is said at once, with line and column.

import { FlowForgeError } from '../core/error.ts';
import { LIMITS } from '../core/limits.ts';
import { EXIT_REASONS, type ExitReason } from '../core/run.ts';
import { splitWords } from './pilot-words.ts';

/** Words for what a case is expected to come to, beside every exit reason. */
export const NO_INTERVENTION = 'no intervention';
export const LOOP_STOPPED = 'loop detection + termination';
export type Expected = typeof NO_INTERVENTION | typeof LOOP_STOPPED | ExitReason;

export interface PilotCase {
  readonly name: string;
  /** CPU that counts as busy, in percent of one core, as it was written. */
  readonly maxCpu: string;
  readonly expected: Expected;
  readonly argv: readonly [string, ...string[]];
  /** Further flags of `flowforge run`. */
  readonly flags?: readonly string[];
  /** Shortest time within which the case is expected to end, for the estimate shown, in seconds. */
  readonly usualSeconds?: number;
}

interface Mistake {
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/**
 * The cases of a pilot file.
 * @throws FlowForgeError FF_USAGE that lists every mistake as `file:line:column: what`.
 */
export function parsePilotFile(path: string, text: string): readonly PilotCase[] {
  const mistakes: Mistake[] = [];
  const cases: PilotCase[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const blame: Blame = (column, message) => mistakes.push({ line: index + 1, column, message });
    const parsed = parseLine(line, blame);
    if (!parsed) continue;
    const isTaken = cases.some(({ name }) => name === parsed.name);
    if (isTaken) blame(1, `a case “${parsed.name}” is there already`);
    cases.push(parsed);
  }
  if (cases.length === 0 && mistakes.length === 0) {
    mistakes.push({ line: 1, column: 1, message: 'there is no case in it' });
  }
  if (cases.length > LIMITS.pilotCasesMax) {
    const message = `at most ${LIMITS.pilotCasesMax} cases, and there are ${cases.length}`;
    mistakes.push({ line: lines.length, column: 1, message });
  }
  if (mistakes.length > 0) throw invalid(path, mistakes);
  return cases;
}

type Blame = (column: number, message: string) => void;

function parseLine(line: string, blame: Blame): PilotCase | null {
  const [name = '', maxCpu, expected, ...rest] = line.split('|');
  if (maxCpu === undefined || expected === undefined || rest.length === 0) {
    const missing = ['max_cpu', 'expected', 'command'][line.split('|').length - 1];
    blame(line.length + 1, `${missing} is missing: a case is name|max_cpu|expected|command`);
    return null;
  }
  const columns = [1, name.length + 2, name.length + maxCpu.length + 3] as const;
  const commandAt = columns[2] + expected.length + 1;
  checkName(name, (message) => blame(columns[0], message));
  checkCpu(maxCpu.trim(), (message) => blame(columns[1], message));
  const outcome = checkExpected(expected.trim(), (message) => blame(columns[2], message));
  const argv = checkCommand(rest.join('|'), (offset, message) =>
    blame(commandAt + offset, message),
  );
  if (!outcome || !argv) return null;
  return { name: name.trim(), maxCpu: maxCpu.trim(), expected: outcome, argv };
}

function checkName(name: string, blame: (message: string) => void): void {
  if (name.trim() === '') blame('the name is empty');
  if (name.trim().length > LIMITS.pilotNameCharsMax) {
    blame(`a name has at most ${LIMITS.pilotNameCharsMax} characters`);
  }
}

function checkCpu(text: string, blame: (message: string) => void): void {
  const percent = Number(text);
  if (text === '' || !(percent >= 1 && percent <= 102_400)) {
    blame(`max_cpu is “${text}”, not a number from 1 to 102400 (percent of one core)`);
  }
}

function checkExpected(text: string, blame: (message: string) => void): Expected | null {
  const all: readonly Expected[] = [NO_INTERVENTION, LOOP_STOPPED, ...EXIT_REASONS];
  const found = all.find((word) => word === text);
  if (!found) blame(`expected is “${text}”, not one of: ${all.join(', ')}`);
  return found ?? null;
}

function checkCommand(
  text: string,
  blame: (offset: number, message: string) => void,
): readonly [string, ...string[]] | null {
  const split = splitWords(text);
  if (split.type === 'mistake') {
    blame(split.offset, split.message);
    return null;
  }
  const [program, ...args] = split.words;
  if (program === undefined || program === '') {
    blame(0, 'the command is empty');
    return null;
  }
  return [program, ...args];
}

function invalid(path: string, mistakes: readonly Mistake[]): FlowForgeError {
  const list = mistakes.map(
    ({ line, column, message }) => `  ${path}:${line}:${column}: ${message}`,
  );
  const message = `nothing was run: ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`} in the pilot file\n${list.join('\n')}`;
  return new FlowForgeError('FF_USAGE', message, {
    hint: 'scripts/pilot_commands.example.txt shows how a pilot file is written.',
  });
}
