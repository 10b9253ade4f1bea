// What an agent's calls show: the same call with the same result is going round in circles, a new call or
// a new result is work, asking a poll again after a while is waiting.

import { LIMITS } from '../../limits.ts';
import type { MonotonicMs } from '../../time.ts';
import { CycleTracker } from '../cycle-tracker.ts';
import { RecentSet } from '../recent-set.ts';
import type { AgentEvent } from './agent-event.ts';

/** Calls of one tick that were completed, by what they told. */
export interface AgentIndicators {
  readonly calls: number;
  /** The same call with the same result as of late; and of those, the same as the one before. */
  readonly knownCalls: number;
  readonly repeatedCalls: number;
  /** A call not made of late; a call made before, with another result. */
  readonly newCalls: number;
  readonly changedResults: number;
  readonly failedCalls: number;
  /** The same call with the same good result after a pause: a loop of a slow agent, or someone who waits. */
  readonly slowRepeats: number;
  readonly progress: number;
  /** Since the attempt began. */
  readonly totalCalls: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly tokensSinceNews: number;
  readonly newsMs: number;
  /** The circle of calls: its length and how often it turned. */
  readonly periodCalls: number;
  readonly repeats: number;
  /** Names of the last calls, oldest first. */
  readonly lastCalls: readonly string[];
}

/** A call that lasts this long waits for something; a pause this long before the same question may be waiting. */
const WAITING_MS = 10_000;
const LAST_CALLS = 3;
const NONE = {
  calls: 0,
  knownCalls: 0,
  repeatedCalls: 0,
  newCalls: 0,
  changedResults: 0,
  failedCalls: 0,
  slowRepeats: 0,
  progress: 0,
};

type Call = Extract<AgentEvent, { type: 'call' }> & { readonly at: MonotonicMs };

export class AgentWindow {
  private counts = { ...NONE };
  private totalCalls = 0;
  private tokens = 0;
  private tokensAtNews = 0;
  private costUsd = 0;
  private newsAt: MonotonicMs | null = null;
  /** Calls without a result yet; the tokens counted for the messages, the money for the sessions of late. */
  private readonly open = new Map<string, Call>();
  private readonly tokensOf = new Map<string, number>();
  private readonly costOf = new Map<string, number>();
  private readonly outcomes = new RecentSet(LIMITS.agentCallsMax);
  private readonly questions = new RecentSet(LIMITS.agentCallsMax);
  private readonly cycle = new CycleTracker();
  private last = { outcome: 0, turn: '', at: 0 };
  private lastCalls: readonly string[] = [];
  private seen = false;

  /** Takes events told since the tick at `at`. */
  add(events: readonly AgentEvent[], at: MonotonicMs): void {
    this.seen = true;
    this.newsAt ??= at;
    for (const event of events) this.take(event, at);
  }

  /** Closes a tick; null while no agent has been heard. */
  tick(at: MonotonicMs): AgentIndicators | null {
    if (!this.seen) return null;
    const isCycle = this.cycle.repeats >= 2 && this.cycle.length >= 4;
    const indicators: AgentIndicators = {
      ...this.counts,
      totalCalls: this.totalCalls,
      tokens: this.tokens,
      costUsd: this.costUsd,
      tokensSinceNews: this.tokens - this.tokensAtNews,
      newsMs: at - (this.newsAt ?? at),
      periodCalls: isCycle ? this.cycle.period : 0,
      repeats: isCycle ? Math.floor(this.cycle.repeats) : 0,
      lastCalls: this.lastCalls,
    };
    this.counts = { ...NONE };
    return indicators;
  }

  private take(event: AgentEvent, at: MonotonicMs): void {
    switch (event.type) {
      case 'call':
        this.open.set(event.id, { ...event, at });
        bound(this.open);
        return;
      case 'result':
        this.complete(event, at);
        return;
      case 'said':
        this.judge({ question: event.textHash, outcome: event.textHash, name: 'message' }, at);
        return;
      case 'usage':
        this.spend(event.turn, event.tokens);
        return;
      case 'cost':
        this.pay(event.session ?? '', event.usd);
        return;
      case 'progress':
        this.counts.progress++;
        this.news(at);
    }
  }

  private complete(result: Extract<AgentEvent, { type: 'result' }>, at: MonotonicMs): void {
    const call = this.open.get(result.id);
    if (!call) return;
    this.open.delete(result.id);
    if (result.isError) this.counts.failedCalls++;
    const question = mix(hashName(call.name), call.argumentsHash);
    const outcome = mix(question, result.resultHash);
    // Calls that fan out of one message count once.
    const fansOut =
      call.turn !== '' && call.turn === this.last.turn && outcome === this.last.outcome;
    const repeats = outcome === this.last.outcome;
    const waits = repeats && (call.waits || at - call.at >= WAITING_MS);
    const pauses = repeats && !result.isError && at - this.last.at >= WAITING_MS;
    this.last = { outcome, turn: call.turn, at };
    if (fansOut || waits) return;
    if (pauses) this.counts.slowRepeats++;
    else this.judge({ question, outcome, name: call.name }, at);
  }

  private judge(
    { question, outcome, name }: { question: number; outcome: number; name: string },
    at: MonotonicMs,
  ): void {
    this.counts.calls++;
    this.totalCalls++;
    this.lastCalls = [...this.lastCalls, name].slice(-LAST_CALLS);
    const asked = this.questions.seenBefore(question);
    const known = this.outcomes.seenBefore(outcome);
    this.cycle.push(outcome);
    if (known) {
      this.counts.knownCalls++;
      if (outcome === this.judged) this.counts.repeatedCalls++;
    } else {
      if (asked) this.counts.changedResults++;
      else this.counts.newCalls++;
      this.news(at);
    }
    this.judged = outcome;
  }

  private judged = 0;

  private news(at: MonotonicMs): void {
    this.newsAt = at;
    this.tokensAtNews = this.tokens;
  }

  private spend(turn: string, tokens: number): void {
    const counted = turn === '' ? 0 : (this.tokensOf.get(turn) ?? 0);
    this.tokens += Math.max(0, tokens - counted);
    if (turn === '') return;
    this.tokensOf.set(turn, Math.max(counted, tokens));
    bound(this.tokensOf);
  }

  /** A session tells its own total: several sessions in one stream add up. */
  private pay(session: string, usd: number): void {
    const counted = this.costOf.get(session) ?? 0;
    this.costUsd += Math.max(0, usd - counted);
    this.costOf.set(session, Math.max(counted, usd));
    bound(this.costOf);
  }
}

function bound(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size > LIMITS.agentOpenCallsMax && !oldest.done) map.delete(oldest.value);
}

const mix = (a: number, b: number): number =>
  Math.imul(Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ b, 0xc2b2ae35) | 0;

function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash | 0;
}
