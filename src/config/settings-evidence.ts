// The settings that say what of the evidence is kept, and what is taken out of it before.

import { objectionTo } from '../core/redaction/bounded-pattern.ts';
import { higherIsLooser, setting } from './setting.ts';
import { duration, orNone, orUnset, size, texts } from './value.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Not in a project's file: it comes with the project, and these protect the user from it. */
const OWN_SOURCES = ['system-file', 'user-file', 'environment', 'flag'] as const;

export const EVIDENCE = {
  redact: setting({
    group: 'evidence',
    kind: texts(
      'regular expressions of bounded effort: at most one *, + or {n,}, no repeated group, no back reference',
      objectionTo,
    ),
    describe:
      'What matches is taken out of everything that is recorded, beside what is known to be secret',
    byDefault: () => [],
    looser: (candidate, fixed) => !fixed.every((pattern) => candidate.includes(pattern)),
  }),
  'redact-allow': setting({
    group: 'evidence',
    kind: texts('texts that are no secrets'),
    describe: 'Texts that stay, though a rule takes them for a secret',
    byDefault: () => [],
    only: OWN_SOURCES,
  }),
  'keep-size': setting({
    group: 'evidence',
    kind: orUnset(size(8 * MIB)),
    describe: 'The oldest evidence goes when the database is larger (256MiB; 48MiB in memory)',
    byDefault: () => null,
    looser: higherIsLooser,
  }),
  'keep-for': setting({
    group: 'evidence',
    kind: orNone(duration(DAY_MS, 3650 * DAY_MS)),
    describe: 'Evidence that is older goes',
    byDefault: () => null,
  }),
} as const;
