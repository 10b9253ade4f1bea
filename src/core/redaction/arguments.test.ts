import { expect, it } from 'vitest';
import { redactArguments } from './arguments.ts';
import { createRedactor } from './redactor.ts';

const redactor = createRedactor({
  secrets: [{ name: 'DB_PASSWORD', value: 'correct-horse' }],
  fingerprint: () => 'fp',
});

it('takes secrets out of arguments, beside their flag and behind it', () => {
  const argv = [
    'psql',
    '--password',
    'hunter2-Xk9',
    '-c',
    'select 1',
    '--token=abc123XYZ789',
    'correct-horse',
  ];
  const redacted = redactArguments(redactor, argv);
  expect(redacted).toHaveLength(argv.length);
  expect(redacted.slice(0, 2)).toEqual(['psql', '--password']);
  expect(redacted[4]).toBe('select 1');
  expect(redacted[5]).toMatch(/^--token=\[REDACTED/);
  expect(redacted.join(' ')).not.toMatch(/hunter2|abc123XYZ789|correct-horse/);
});

it('leaves ordinary commands as they are', () => {
  const commit = '3f786850e387550fdab836ed7e6dc881de23001b';
  const argv = [
    'python3',
    'train.py',
    '--epochs',
    '500',
    '--commit',
    commit,
    '--keyboard=us',
    '-k',
    'smoke test',
  ];
  expect(redactArguments(redactor, argv)).toEqual(argv);
});
