// Adds up evidence over time: the forward filter of a two-state chain, healthy ↔ runaway (Shiryaev's
// change detection with a way back). Log odds in nats; 0 is as likely as not.

/** Chance per second that a healthy run turns runaway, and that a runaway recovers. */
const ONSET_PER_SECOND = 5e-4;
const RECOVERY_PER_SECOND = 2e-3;
/** Certain enough: more would only take longer to come back from. */
const LOG_ODDS_MAX = 6;

/** Where a run starts, and below which no amount of good behaviour takes it. */
export const PRIOR_LOG_ODDS = Math.log(ONSET_PER_SECOND / (1 - ONSET_PER_SECOND));

/** Log odds after `seconds` (0 to 60) more, with `nats` of evidence from them. */
export function filterStep(logOdds: number, nats: number, seconds: number): number {
  const p = sigmoid(logOdds);
  const moved = p * (1 - RECOVERY_PER_SECOND * seconds) + (1 - p) * ONSET_PER_SECOND * seconds;
  const next = Math.log(moved / (1 - moved)) + nats;
  return Math.min(LOG_ODDS_MAX, Math.max(PRIOR_LOG_ODDS, next));
}

/** Log odds after `seconds` in which there was nothing to judge: suspicion fades, and never grows. */
export function filterRest(logOdds: number, seconds: number): number {
  const p = sigmoid(logOdds) * (1 - RECOVERY_PER_SECOND * seconds);
  return Math.max(PRIOR_LOG_ODDS, Math.log(p / (1 - p)));
}

/** The probability that belongs to log odds. */
export const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
