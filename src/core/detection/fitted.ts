// Numbers fitted to recorded runs by `npm run bench:detection -- fit`; see docs/detection.md. Not edited by hand.

/** Nats per second of evidence for each indicator of `output-loop`, before tempering. */
export const OUTPUT_LOOP_WEIGHTS = {
  base: -1.5,
  'stale while busy': 3,
  'stale failures': 2.5,
  'stale at a high rate': 1.5,
  'cycle at a cost': 0.8,
  'identical at a cost': 1,
  'recent progress': -1.2,
  'measured values': -1.4,
} as const;

/** Platt calibration: confidence = sigmoid(slope · log odds + shift). */
export const CALIBRATION = { slope: 0.6, shift: 2 } as const;
