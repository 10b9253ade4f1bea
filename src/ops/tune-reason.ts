// Why a setting is recommended.

import type { TuneSetting } from './tune.ts';

/** In one sentence. */
export const reasonFor = (it: TuneSetting): string => {
  const speed =
    it.medianStopMs === null
      ? ''
      : `, half of them within ${(it.medianStopMs / 1000).toFixed(1)} s`;
  return `${it.falseStops} of ${it.healthy} healthy runs stopped, ${it.stopped} of ${it.runaways} runaways stopped${speed}`;
};
