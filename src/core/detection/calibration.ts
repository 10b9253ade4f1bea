// From the log odds of a filter to a confidence that means what it says: of runs at 90, nine in ten are runaways.

import { CALIBRATION } from './fitted.ts';
import { sigmoid } from './two-state-filter.ts';

/** The calibrated confidence, 0 to 100, of log odds in nats (Platt scaling). */
export const confidenceOf = (logOdds: number): number =>
  100 * sigmoid(CALIBRATION.slope * logOdds + CALIBRATION.shift);
