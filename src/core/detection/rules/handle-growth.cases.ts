// Runs that handle-growth must find, and runs it must leave alone.

import type { RuleCases } from './rule-case.ts';

export const cases: RuleCases = {
  fires: [
    {
      title: 'descriptors that pass 80 % of their limit, as an alert',
      acts: [{ seconds: 200, fds: (s) => 10 + 8 * s }],
      severity: 'alert',
      bySecond: 105,
    },
  ],
  silent: [
    { title: 'a server with five hundred connections', acts: [{ seconds: 200, fds: () => 500 }] },
    {
      title: 'thirty processes with thirty descriptors each',
      acts: [{ seconds: 200, fds: () => 900, processes: () => 30 }],
    },
  ],
};
