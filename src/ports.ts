// All that the application needs of the world, in the words of the core. Types only.

import type { ControlAnswer, ControlRequest, ControlStatus } from './core/control.ts';
import type { StoredSample, Stream, TreeSample } from './core/detection/sample.ts';
import type { EmptyProof, FlowForgeEvent, SignalSent, UnstoredEvent } from './core/event.ts';
import type { BundleSubject, LinkedRow, SeqRange } from './core/evidence/bundle.ts';
import type {
  FormerRestart,
  FrozenTree,
  IncidentFilter,
  Page,
  RunFilter,
  TimelineFilter,
  UnfinishedRun,
} from './core/evidence/readings.ts';
import type { EventId, IncidentId, IntentId, RunId } from './core/id.ts';
import type { Incident } from './core/incident.ts';
import type { Command, Containment, ExitStatus, Signal, SignalScope } from './core/run.ts';
import type { RunStory } from './core/run-story.ts';
import type { EpochMs, MonotonicMs } from './core/time.ts';
import type { TimelineItem } from './core/timeline.ts';

/** Ends a timer; harmless after it has fired. */
export type Cancel = () => void;

export interface Clock {
  now(): EpochMs;
  monotonic(): MonotonicMs;
  /** Calls `fn` once, `durationMs` from now. */
  after(durationMs: number, fn: () => void): Cancel;
}

export interface IdSource {
  runId(): RunId;
  incidentId(): IncidentId;
  eventId(): EventId;
  intentId(): IntentId;
}

/** A number in [0, 1). */
export type Random = () => number;

/** For operators; the record is the event log. Never called with secrets. */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Where FlowForge speaks to the person who started it. */
export interface Narrator {
  say(sentence: string): void;
}

/** The service manager that started us (systemd), which waits for word; or nobody, who is told nothing. */
export interface ServiceManager {
  /** What we are for has begun. Said again, it only brings the status up to date. */
  ready(status: string): void;
  /** We are ending, and it may take so long. */
  stopping(withinMs: number): void;
  /** The last that is said. */
  close(): void;
}

/** What an append came to: in the database, kept aside until the database is back, or lost and counted. */
export type Stored = 'stored' | 'kept-aside' | 'lost';

/** The record. Never throws for a failing disk: the guard must go on. */
export interface EventLog {
  /**
   * Records events in order. `durable` returns only when they survive a power cut;
   * `grouped` may commit them with later ones, within a second.
   */
  append(events: readonly UnstoredEvent[], commit: 'durable' | 'grouped'): Stored;
  /** Records a reading of a run. Grouped, thinned, rolled up. */
  appendSample(runId: RunId, attempt: number, at: EpochMs, sample: StoredSample): void;
  /** What is wrong with the store, or null. */
  trouble(): string | null;
  close(): void;
}

/** A reading as it was kept. */
export interface KeptSample extends StoredSample {
  readonly at: EpochMs;
  readonly attempt: number;
  /** What it stands for: one reading (1), or the mean of 10 or 60 seconds. */
  readonly periodSeconds: number;
}

/** Answers from the evidence. Throws FF_STORE_UNAVAILABLE while the database cannot be read. */
export interface EvidenceReader {
  /** Newest first. */
  runs(filter?: RunFilter): Page<RunStory>;
  run(runId: string): RunStory | null;
  /** Newest first. */
  incidents(filter?: IncidentFilter): Page<Incident>;
  incident(incidentId: string): Incident | null;
  timeline(filter?: TimelineFilter): Page<TimelineItem>;
  /** All events of an incident, or of a run, oldest first; at most LIMITS.storyEventsMax. */
  incidentEvents(incidentId: string): readonly FlowForgeEvent[];
  runEvents(runId: string): readonly FlowForgeEvent[];
  /** What was frozen of a run, oldest first; the newest that a page holds. */
  frozenTrees(runId: string, attempt?: number): readonly FrozenTree[];
  /** Events after a sequence number, oldest first, for those who follow. */
  eventsAfter(seq: number, limit: number): readonly FlowForgeEvent[];
  /** Sequence number of the last event, be it removed since; 0 when there never was one. */
  lastSeq(): number;
  /** Readings of a run, oldest first; the newest `limit` of them. */
  samples(
    runId: string,
    range?: { readonly since?: EpochMs; readonly until?: EpochMs; readonly limit?: number },
  ): readonly KeptSample[];
  /** Runs that began and never ended, oldest first. */
  unfinishedRuns(): readonly UnfinishedRun[];
  /** How often what happened after `seq`, for counters; decisions are left out. */
  tally(afterSeq: number): { readonly upto: number; readonly counts: readonly EventCount[] };
  /** Restarts of all runs of a job that were scheduled since, oldest first. */
  restartsOf(jobKey: string, since: EpochMs): readonly FormerRestart[];
}

/** The evidence as it is linked and signed, for those who must prove it. */
export interface EvidenceArchive {
  readonly logId: string;
  readonly publicKeyPem: string;
  /** Sequence numbers of the first and last event of a run, of an incident and its run, or since an instant. */
  span(subject: BundleSubject): SeqRange | null;
  /** Every row from `range.first` to `range.last`, and the link before the first. */
  rows(range: SeqRange): { readonly before: string; readonly rows: Iterable<LinkedRow> };
  /** The first checkpoint that covers `seq`; made now when none does yet. */
  checkpointFor(seq: number): { readonly seq: number; readonly note: string };
  /** Signature of a text in base64. */
  sign(text: string): string;
}

/** Digests, signatures and packing, for making and checking bundles of evidence. */
export interface EvidenceTools {
  /** Lower-case hexadecimal. */
  sha256(content: string | Uint8Array): string;
  isSignedBy(text: string, signatureBase64: string, publicKeyPem: string): boolean;
  /** The text of a signed note, when that key signed it; else null. */
  verifiedText(note: string, publicKeyPem: string): string | null;
  /** One deterministic file of many. */
  pack(files: ReadonlyMap<string, string>): Uint8Array;
  /** The files of one; throws FF_EVIDENCE_INVALID for anything that `pack` would not make. */
  unpack(bytes: Uint8Array): ReadonlyMap<string, string>;
}

export interface SpawnOrder {
  readonly runId: RunId;
  readonly command: Command;
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pty: 'auto' | 'always' | 'never';
  readonly isolate: boolean;
}

/** What happens to a tree, told in the order it happened. */
export type TreeFact =
  | { readonly type: 'spawned'; readonly pid: number; readonly startTicks: number }
  | {
      readonly type: 'spawn-failed';
      readonly failure: 'not-found' | 'not-executable' | 'failed';
      readonly message: string;
    }
  /** A copy of what the tree printed; the bytes themselves have gone their way already. */
  | { readonly type: 'output'; readonly stream: Stream; readonly bytes: Uint8Array }
  /** Output that passed by without a copy. */
  | { readonly type: 'output-skipped'; readonly stream: Stream; readonly byteCount: number }
  | { readonly type: 'leader-exited'; readonly exit: ExitStatus }
  /** The leader was stopped from its own terminal (Ctrl-Z): whoever started us expects us to stop as well. */
  | { readonly type: 'leader-suspended' }
  | { readonly type: 'signalled'; readonly signals: readonly SignalSent[] }
  /** No process is left; output may still be on its way to a slow reader. */
  | { readonly type: 'vacated' }
  /** Nothing is left of the tree, and its output has gone its way. The last fact of a tree. */
  | { readonly type: 'emptied'; readonly proof: EmptyProof }
  /** The means of supervision died; what is left of the tree is being killed by other means. */
  | { readonly type: 'host-lost'; readonly message: string };

/** A running tree. Orders return at once; their effects are told as facts. */
export interface Tree {
  readonly containment: Containment;
  /** Sends to the members in scope, each checked by identity; `tree` includes those outside the leader's group. */
  signal(signal: Signal, scope: SignalScope): void;
  /** SIGKILL to everything again and again until nothing is left; answered by `emptied`. */
  kill(): void;
  /** Reads the tree's resources, or null when nothing could be read. */
  sample(): TreeSample | null;
  /** CPU time in ms that the tree has used so far, members that have ended included; also after its end. */
  cpuMs(): number;
  /** Pids of members known to be alive. */
  survivors(): readonly number[];
  /** Lets go of a tree without touching it (`--leave-background`). */
  release(): void;
}

export interface ProcessHost {
  readonly containment: Containment;
  /** Starts the command. Never throws: failure is the fact `spawn-failed`. */
  spawn(order: SpawnOrder, tell: (fact: TreeFact) => void): Tree;
}

/** What a supervisor that is gone may have left of its run. */
export interface Leftovers {
  /** Whether that very process is alive, by pid and start time. */
  isAlive(process: { readonly pid: number; readonly startTicks: number }): boolean;
  /**
   * Kills what is left of a run: its leaders and their descendants, and everything that carries its id, each
   * checked by pid and start time. Settles when nothing is left, or when LIMITS.emptyWaitMs have passed.
   */
  reap(run: {
    readonly runId: RunId;
    readonly leaders: readonly { readonly pid: number; readonly startTicks: number }[];
  }): Promise<{ readonly signals: readonly SignalSent[]; readonly survivors: readonly number[] }>;
  /**
   * Runs `work` unless another process is at it, or was done with it before: of two starts at the same time,
   * one recovers a run.
   */
  once(runId: RunId, work: () => Promise<void>): Promise<void>;
}

/** How often a kind of event happened. What its payload does not have is null. */
export interface EventCount {
  readonly type: string;
  readonly action: string | null;
  readonly outcome: string | null;
  readonly exitReason: string | null;
  readonly ruleId: string | null;
  readonly isByKey: boolean;
  readonly count: number;
  /** Of completed actions that took at most so many seconds (and more than the bound before): of ACTION_SECONDS, or null for longer ones. */
  readonly withinSeconds: number | null;
  /** How long they took together. */
  readonly seconds: number;
}

/** The runs that are alive on this host: those that say how they are, and the ids of those that say nothing. */
export interface LivingRuns {
  readonly answering: readonly ControlStatus[];
  /** Their supervisors are there, but stopped (Ctrl-Z, SIGSTOP) or overloaded. */
  readonly silent: readonly string[];
}

/** Reaches the runs of this host, whoever supervises them. */
export interface RunControl {
  list(): Promise<LivingRuns>;
  /** Asks a run. `gone`: nobody supervises it any more; `silent`: its supervisor does not answer within that time. */
  ask(
    runId: string,
    request: ControlRequest,
    withinMs?: number,
  ): Promise<ControlAnswer | 'gone' | 'silent'>;
}

/** Who a key belongs to, and what it may do. */
export interface Principal {
  readonly id: string;
  readonly scopes: readonly ('read' | 'act' | 'admin')[];
}

/** Tells whose key this is, in constant time; null for a key that does not hold. */
export type Authenticate = (secret: string) => Principal | null;

/** Somebody who is signed in, until then. */
export interface OpenSession {
  readonly principal: Principal;
  readonly expiresAt: EpochMs;
}

/** Who is signed in. Throws while the database cannot be used. */
export interface Sessions {
  /** Begins a session of a key; the secret is given this once. */
  open(keyId: string): OpenSession & { readonly secret: string };
  /** Whom a login link signs in; null for one that was used, is too old, or never was. */
  redeem(token: string): Principal | null;
  find(secret: string): OpenSession | null;
  end(secret: string): void;
}

/** Answers given under an Idempotency-Key, kept for whoever asks again. Throws while the database cannot be used. */
export interface AnswerMemory {
  /** The answer to `question` under `key`; null where there is none. */
  find(key: string, question: string): string | 'another-question' | null;
  keep(key: string, question: string, answer: string, requestId: string): void;
}

/** One thing that must work for the guard to be ready. */
export interface ReadinessCheck {
  readonly name: 'database' | 'disk' | 'chain' | 'sampler' | 'place';
  /** `warn`: the guard is ready, and something about it should be known. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do where it is not `ok`. */
  readonly hint: string | null;
}

/** A metric with its series. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly series: readonly MetricSeries[];
}

export type MetricSeries = {
  readonly labels: Readonly<Record<string, string>>;
} & (
  | { readonly value: number }
  /** Cumulative counts by upper bound, without the last, which is `count`. */
  | {
      readonly buckets: readonly (readonly [upTo: number, count: number])[];
      readonly sum: number;
      readonly count: number;
    }
);

/** Writes metrics down as a scraper reads them. */
export type Expose = (
  families: readonly MetricFamily[],
  format: 'prometheus' | 'openmetrics',
) => string;
