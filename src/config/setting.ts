// What a setting is: how it is written, where it may be set, and which of two values guards less.

import type { Policy } from '../core/policy/policy.ts';
import type { Kind } from './value.ts';

/** Where a value can come from, weakest first. */
export const SOURCES = [
  'default',
  'profile',
  'system-file',
  'user-file',
  'project-file',
  'environment',
  'flag',
] as const;
export type Source = (typeof SOURCES)[number];

/** What the page of settings is divided into. */
export const GROUP_TITLES = {
  policy: 'What to do',
  limits: 'Limits',
  detection: 'How sure to be',
  stop: 'Stopping',
  restart: 'Restarting',
  run: 'The run',
  evidence: 'The evidence',
  place: 'Where things are',
} as const;
export type Group = keyof typeof GROUP_TITLES;
export const GROUPS = Object.keys(GROUP_TITLES) as readonly Group[];

/** Whether `candidate` guards less than `fixed` does. */
export type Looser<T> = (candidate: T, fixed: T) => boolean;

export interface Setting<T> {
  readonly group: Group;
  readonly kind: Kind<T>;
  /** One sentence without a full stop; help and documentation print it. */
  readonly describe: string;
  /** The value where nobody says anything; null where it is computed (see load.ts). */
  readonly byDefault: (policy: Policy) => NoInfer<T>;
  /** A project's file may not make looser what the user's own file says. Absent: the nearest file wins. */
  readonly looser?: Looser<NoInfer<T>>;
  /** Where it may be set. Absent: in every file, the environment and by a flag. */
  readonly only?: readonly Source[];
  /** The variable, where it is not `FLOWFORGE_` and the key. */
  readonly variable?: string;
  /** The flag, where it is not `--` and the key. */
  readonly flag?: string;
  /** What else people write for it; only ever used to suggest the key. */
  readonly alsoCalled?: readonly string[];
}

/** Checks an entry of the table against the kind of its values. */
export const setting = <T>(entry: Setting<T>): Setting<T> => entry;

/** Less is stricter; no limit is the loosest. */
export const higherIsLooser: Looser<number | null> = (candidate, fixed) =>
  fixed !== null && (candidate === null || candidate > fixed);
export const lowerIsLooser: Looser<number> = (candidate, fixed) => candidate < fixed;
export const anotherIsLooser: Looser<unknown> = (candidate, fixed) => candidate !== fixed;
export const trueIsLooser: Looser<boolean> = (candidate, fixed) => candidate && !fixed;
export const falseIsLooser: Looser<boolean> = (candidate, fixed) => !candidate && fixed;

/** Words in order, the loosest first. */
export const earlierIsLooser =
  <T>(words: readonly T[]): Looser<T> =>
  (candidate, fixed) =>
    words.indexOf(candidate) < words.indexOf(fixed);
