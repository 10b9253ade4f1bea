// Numbers fitted to recorded runs by `node bench/detection/fit.ts --write`; see docs/detection.md. Not edited by hand.

/** Nats per second of evidence for each indicator of `output-loop`, before tempering. */
export const OUTPUT_LOOP_WEIGHTS = {
  base: -2.64,
  'stale while busy': 3.29,
  'stale failures': 2.56,
  'stale at a high rate': 1.59,
  'cycle at a cost': 1.03,
  'identical at a cost': 1.26,
  'recent progress': -1.2,
  'measured values': -1.49,
} as const;

/** Platt calibration: confidence = sigmoid(slope · log odds + shift). */
export const CALIBRATION = { slope: 0.94, shift: 1.96 } as const;
