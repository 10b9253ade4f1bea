// What we were started with and Node has hidden from us, for those who listen to signals.

import { inheritedIgnoredSignals } from '../adapters/process/inherited.ts';

/** Signals that we were started with ignored, beyond what the kernel still tells of us: bit n-1 for signal n. */
export const hiddenIgnoredSignals = (): bigint => inheritedIgnoredSignals();
