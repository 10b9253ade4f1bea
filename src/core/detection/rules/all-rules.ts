// Every rule there is, in the order of RULE_IDS.

import { outputLoop } from './output-loop.ts';
import type { Rule } from './rule.ts';

export const ALL_RULES: readonly Rule[] = [outputLoop];
