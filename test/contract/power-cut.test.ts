// The reading of strace's log, on which the proof of the power cuts stands.

import { expect, it } from 'vitest';
import { parseSteps } from '../support/power-cut.ts';

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
const FILE = `21<${hex('/a.db')}>`;

it('reads a call that another thread came between as the whole that it is, when it comes back', () => {
  const log = [
    `7 pwrite64(${FILE}, "${hex('ab')}", 2, 512 <unfinished ...>`,
    `8 write(1<${hex('pipe')}>, "${hex('other')}", 5) = 5`,
    `7 <... pwrite64 resumed>)        = 2`,
    `7 fdatasync(${FILE} <unfinished ...>`,
    `8 write(1<${hex('pipe')}>, "${hex('ack evt_1\n')}", 10) = 10`,
    '7 <... fdatasync resumed>) = 0',
  ];
  expect(parseSteps(log.join('\n'))).toEqual([
    { type: 'write', path: '/a.db', bytes: Buffer.from('ab'), at: 512 },
    { type: 'ack', eventId: 'evt_1' },
    { type: 'sync', path: '/a.db' },
  ]);
});

it('overlooks no call that never came to its end', () => {
  expect(() => parseSteps(`7 fsync(${FILE} <unfinished ...>\n8 +++ exited with 0 +++`)).toThrow(
    'no end: 7 fsync',
  );
});
