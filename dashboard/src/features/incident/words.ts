// What the detector measured, in the words of a person.

/** What each indicator of a rule speaks of. Unknown ones keep their own name. */
const INDICATORS: Readonly<Record<string, string>> = {
  base: 'Most runs are healthy: where the count begins',
  'stale while busy': 'Nothing new is printed while the CPU is busy',
  'stale failures': 'Nothing new is printed, and it speaks of failure',
  'stale at a high rate': 'Nothing new is printed, and much of it',
  'cycle at a cost': 'The same lines go round while it costs CPU or output',
  'identical at a cost': 'The very same line again and again, at a cost',
  'recent progress': 'Something new was printed not long ago',
  'measured values': 'The lines carry measured values that change',
  'rounds of failure': 'Rounds of failure without any news',
};

export const indicatorInWords = (indicator: string): string => INDICATORS[indicator] ?? indicator;

/** What each rule looks for. */
const RULES: Readonly<Record<string, string>> = {
  'output-loop': 'the output repeats itself at a cost',
  'retry-storm': 'it fails in the same way again and again',
  'agent-loop': 'an agent makes the same calls with the same results',
  'silent-spin': 'CPU is burnt without output, IO or movement in memory',
  hang: 'no output, no CPU, no IO for long',
  'memory-growth': 'memory that never comes back',
  'process-growth': 'processes multiply',
  'output-flood': 'output without end',
  'handle-growth': 'open files or sockets grow towards their limit',
  budget: 'a budget that the user set',
};

export const ruleInWords = (rule: string | null): string =>
  rule === null ? 'an order, not a rule' : (RULES[rule] ?? rule);

const SUPPRESSIONS: Readonly<Record<string, string>> = {
  shadow: 'the rollout is shadow: FlowForge only watches',
  'outside-canary': 'this job is not among those the canary acts on',
  'rule-may-not-stop': 'the policy does not let this rule stop a run',
  'start-grace': 'the run was too young to be stopped',
  'resumed-by-person': 'it was paused for this before, and a person has let it go on',
};

export const suppressionInWords = (why: string): string => SUPPRESSIONS[why] ?? why;

const PROOFS: Readonly<Record<string, string>> = {
  echild: 'the kernel confirmed that no process is left',
  pidns: 'its process namespace has ended, and with it every process',
  scan: 'a search of all processes found none left',
};

export const proofInWords = (proof: string): string => PROOFS[proof] ?? proof;

/** What was done, as the verb of a sentence whose subject is the actor. */
const DEEDS: Readonly<Record<string, string>> = {
  STOP: 'stopped it',
  KILL: 'killed it',
  AUTO_STOP: 'stopped it',
  AUTO_KILL: 'killed it, because it did not stop',
  RESTART: 'restarted it',
  AUTO_RESTART: 'restarted it',
  RESTART_BLOCKED: 'refused a restart',
  PAUSE: 'paused it',
  AUTO_PAUSE: 'paused it',
  RESUME: 'resumed it',
  AUTO_RESUME: 'resumed it',
  TERMINATE: 'was told to end, and stopped it',
  ORPHAN_REAPED: 'cleaned up what was left of it',
};

export const deedInWords = (action: string): string => DEEDS[action] ?? action;

export function actorInWords(actor: string): string {
  if (actor === 'flowforge') return 'FlowForge';
  if (actor === 'operator') return 'A person at the terminal';
  if (actor === 'recovery') return 'FlowForge, at its next start,';
  return actor.startsWith('api-key:') ? `The key ${actor.slice('api-key:'.length)}` : actor;
}

/** States of a process, as the kernel abbreviates them. */
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'waiting',
  D: 'waiting for a disk',
  T: 'suspended',
  t: 'being traced',
  Z: 'dead, not collected',
  I: 'idle',
};

export const stateInWords = (state: string): string => STATES[state] ?? state;
