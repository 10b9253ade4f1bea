// How much of a policy is acted on: nothing, a stable share of the jobs, everything.

export const ROLLOUTS = ['shadow', 'canary', 'enforce'] as const;
export type Rollout = (typeof ROLLOUTS)[number];

/**
 * The bucket (0 to 99) of a job in a canary, by FNV-1a of its key. The key names the *job* (its name,
 * else command and directory), not the run, so that a job stays on one side from run to run.
 */
export function canaryBucket(jobKey: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < jobKey.length; i++) {
    hash = Math.imul(hash ^ jobKey.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % 100;
}

/** What keeps a decision from being acted on, or null when it may be. */
export function rolloutSuppresses(
  rollout: Rollout,
  canaryPercent: number,
  jobKey: string,
): 'shadow' | 'outside-canary' | null {
  if (rollout === 'shadow') return 'shadow';
  if (rollout === 'canary' && canaryBucket(jobKey) >= canaryPercent) return 'outside-canary';
  return null;
}
