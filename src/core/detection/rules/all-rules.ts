// Every rule there is, in the order of RULE_IDS. Of equal findings the earlier rule's comes first.

import { agentLoop } from './agent-loop.ts';
import { budget } from './budget.ts';
import { handleGrowth } from './handle-growth.ts';
import { hang } from './hang.ts';
import { memoryGrowth } from './memory-growth.ts';
import { outputFlood } from './output-flood.ts';
import { outputLoop } from './output-loop.ts';
import { processGrowth } from './process-growth.ts';
import { retryStorm } from './retry-storm.ts';
import type { Rule } from './rule.ts';
import { silentSpin } from './silent-spin.ts';

export const ALL_RULES: readonly Rule[] = [
  outputLoop,
  retryStorm,
  agentLoop,
  silentSpin,
  hang,
  memoryGrowth,
  processGrowth,
  outputFlood,
  handleGrowth,
  budget,
];
