// What the words of a template tell, read once per template: does it speak of failure, of something
// done, and what do its numbers count. English words; the list is documented in docs/detection.md.

import type { LineMask } from './mask.ts';

/** What a number of a template stands for, by the word in front of it or the unit behind it. */
export const NUMBER_ROLE = {
  plain: 0,
  /** A duration or an identifier: it varies whether or not anything gets done. */
  noise: 1,
  /** Counts attempts: going on says nothing. */
  effort: 2,
  /** Counts work done. */
  work: 3,
  /** Stands alone in brackets behind a time or a name, as process and thread numbers do: noise, unless it counts. */
  tag: 4,
} as const;

export interface TemplateTraits {
  readonly failure: boolean;
  /** Says that something was done: saved, compiled, passed. */
  readonly achievement: boolean;
  /** A request answered by a server: driven from outside, not by the program itself. */
  readonly served: boolean;
  /** A line of a stack trace: part of the failure above it, not a fact of its own. */
  readonly frame: boolean;
  readonly roles: Uint8Array;
}

const FAILURE =
  /\b(?:\w*(?:error|exception)s?(?!\s*[=:]?\s*[-\d.])|fail(?:ed|ure|ures|ing|s)?(?!\s*[=:]?\s*0\b)|fatal|panic|retry|retrying|retries|timed? ?out|timeout|refused|denied|unreachable|traceback|cannot|can't|could not|couldn't|unable|invalid|rejected|reset by peer|unavailable|overloaded|back-?off|backing off|giving up|gave up|not found|no such|no rule|rate.?limit\w*|too many requests|try(?:ing)? (?:that )?again|4(?:0[0138]|29)(?= [a-z])|50[0234](?= [a-z])|econn\w+|etimedout|enoent|eacces|status (?:4\d\d|5\d\d))/i;
const NO_FAILURE =
  /\b(?:0|no|without|zero) (?:\w+ )?(?:errors?|failures?|failed|exceptions?|retries)\b/gi;
const ACHIEVEMENT =
  /\b(?:processed|saved|wrote|written|completed|done|finished|copied|moved|indexed|imported|exported|uploaded|downloaded|converted|compiled|built|passed|ok|created|added|inserted|synced|extracted|rendered|trained|evaluated|migrated|installed|generated|stored|flushed|committed|acked|sent|received)\b/i;
const SERVED = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+.*\b[23]\d\d\b/;
const FRAME = /^\s+(?:File "|at |\d+: 0x|\[Previous line repeated)/;

const WORK =
  /^(?:step|epoch|batch|file|item|row|record|chunk|page|shard|sample|frame|line|test|doc|document|part|image|img|doc|video|user|order|entry|entries|message|msg|event|packet|block|tile|layer|fold|generation|gen|game|episode|token|processed|done|completed|written|copied|saved|imported|indexed|progress|move|phase|section|chapter|object|node|key|table|partition|segment|commit|rev|revision|day|week|month|year)s?$/i;
const EFFORT =
  /^(?:attempts?|retry|retries|try|tries|retrying|again|loop|turn|round|times|failures?|errors?|request|req|call|poll|polling|ping|check)$/i;
const IDENTIFIER =
  /^(?:id|uid|gid|pid|ppid|tid|req_?id|request_?id|rid|trace|span|session|sess|conn|connection|port|nonce|txn|tx|thread|correlation|seq|fd|sid|cid|run_?id|trace_?id|span_?id|session_?id)$/i;
const DURATION_NOUN =
  /^(?:took|elapsed|time|latency|duration|rtt|delay|backoff|jitter|sleep|sleeping|wait|waiting|waited|uptime|eta|age|ts|timestamp|secs?|seconds|ms|in)$/i;
const DURATION_UNIT =
  /^\s?(?:ns|us|µs|ms|msec|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?)(?![a-z0-9])/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with ESC
const TERMINAL = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|.)/g;
const TAG_BEFORE = /(?:^|[\dZ]\s+|[a-z\d])[[(]$/i;
const TEXT_MAX = 400;
const NOUN_CHARS = 32;

/** Reads the traits of the template of `text`, whose numbers `mask` has just found. */
export function readTraits(text: string, mask: LineMask): TemplateTraits {
  const plain = text.slice(0, TEXT_MAX).replace(TERMINAL, '');
  const claims = plain.replace(NO_FAILURE, '');
  const failure = FAILURE.test(claims);
  return {
    failure,
    achievement: !failure && ACHIEVEMENT.test(plain),
    served: !failure && SERVED.test(plain),
    frame: FRAME.test(plain),
    roles: Uint8Array.from({ length: mask.numberCount }, (_, i) => role(text, mask, i)),
  };
}

function role(text: string, mask: LineMask, i: number): number {
  const start = mask.starts[i] ?? 0;
  const end = mask.ends[i] ?? 0;
  if (DURATION_UNIT.test(text.slice(end, end + 8))) return NUMBER_ROLE.noise;
  const before = text.slice(Math.max(0, start - NOUN_CHARS), start).replace(TERMINAL, ' ');
  if (TAG_BEFORE.test(before) && /^[\])]/.test(text.slice(end))) return NUMBER_ROLE.tag;
  const noun = /([a-z][a-z_]*)[^a-z0-9]{0,3}$/i.exec(before)?.[1];
  if (noun === undefined) return NUMBER_ROLE.plain;
  const lastWord = noun.split('_').at(-1) ?? noun;
  if (DURATION_NOUN.test(lastWord) || IDENTIFIER.test(noun) || IDENTIFIER.test(lastWord)) {
    return NUMBER_ROLE.noise;
  }
  if (EFFORT.test(lastWord)) return NUMBER_ROLE.effort;
  return WORK.test(lastWord) ? NUMBER_ROLE.work : NUMBER_ROLE.plain;
}
