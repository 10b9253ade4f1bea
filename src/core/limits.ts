// Every bound of FlowForge in one place. What overflows is counted and said, never silently lost.

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** A line longer than this is cut; the rest of it is counted, not analysed. */
  lineCharsMax: 4 * KIB,
  /** Characters of a line that the user's pattern for progress is tried on. */
  progressCharsMax: 512,
  /** A line that begins as JSON may be this long: agents' events carry whole files. */
  jsonLineCharsMax: 256 * KIB,
  /** Longest record of a trace (its longest line, escaped), and the templates of one of its segments. */
  traceRecordCharsMax: 4 * MIB,
  traceSymbolsMax: 1_000_000,
  /** Longest run of equal lines in one record of a trace. */
  traceRunMax: 10_000_000,
  /** Room of the trace that is kept of every run, in characters: about an hour. */
  traceCharsMax: 4 * MIB,
  /** Agents' calls and outcomes remembered, and calls without a result kept. */
  agentCallsMax: 1_024,
  agentOpenCallsMax: 256,
  /** Templates remembered per attempt, least recently used go first. */
  templatesMax: 2_048,
  /** Numbers of one line that are followed from line to line; the rest counts as part of a name. */
  lineNumbersMax: 8,
  /** Contents (template with its values) remembered to tell old news from new. */
  contentsMax: 8_192,
  /** Longest period of a cycle that is recognised, in lines. */
  cycleLinesMax: 4_096,
  /** Lines analysed per tick in full; beyond it contiguous blocks are, and the rest is counted. */
  analysedLinesPerTick: 20_000,
  /** Last lines kept by the detector as samples for its evidence. */
  sampleLinesMax: 8,
  /** Last lines of output kept per attempt for the evidence. */
  tailLinesMax: 200,
  /** Members of a tree kept in one sample. */
  membersMax: 64,
  /** Threads whose run-queue wait is read in one sample. */
  schedstatThreadsMax: 512,
  /** Time between two samples. */
  samplePeriodMs: 1_000,
  /** Bytes of output analysed per second; beyond it they pass by and are counted. */
  analysedBytesPerSecond: 8 * MIB,
  /** Signals kept in the outcome of one action. */
  signalsRecordedMax: 256,
  /** Inputs waiting in a supervisor's mailbox. */
  mailboxMax: 10_000,
  /** Time a killed tree has to become empty before it is reported as not emptied. */
  emptyWaitMs: 10_000,
  /** Time the first process of a container gives the other runs there to end; the container's own stop timeout is shorter. */
  containerEndMs: 120_000,
  /** Time to drain the rest of the output after the tree is empty. */
  drainMs: 2_000,
  /** Two orders to interrupt within this time force the stop. */
  insistWithinMs: 5_000,
  /** A decision trace is written at least this often while something is suspected. */
  traceHeartbeatMs: 60_000,
  /** A sample is stored at least this often, and more often while something changes. */
  sampleStorePeriodMs: 60_000,
  /** Events kept in memory while the store refuses them. */
  unstoredEventsMax: 10_000,
  /** How long a second process waits for the database. */
  storeBusyMs: 2_000,
  /** Events that need not be durable at once are committed together within this time, or when there are so many. */
  groupCommitMs: 1_000,
  groupedEventsMax: 256,
  /** Samples of one second are kept so long, samples of ten seconds so long; then they become coarser. */
  fineSamplesMs: 10 * 60_000,
  mediumSamplesMs: 24 * 3_600_000,
  /** Samples made coarser in one step, so that a step never holds up the guard. */
  rollUpRowsMax: 2_000,
  /** What the database is kept within where nobody says more, and where it lies in memory. */
  evidenceBytesMax: 256 * MIB,
  evidenceInMemoryBytesMax: 48 * MIB,
  /** The write-ahead log is cut back to this size. */
  walBytesMax: 8 * MIB,
  /** A store that failed is tried again after this time, doubling up to the second. */
  storeRetryMinMs: 1_000,
  storeRetryMaxMs: 30_000,
  /** Largest payload of one event. */
  eventPayloadBytesMax: 256 * KIB,
  /** Rows a listing returns at most, and bytes of what they hold: a page ends where it would be larger. */
  listMax: 500,
  listBytesMax: 8 * MIB,
  /** Rows a listing returns when nobody says how many. */
  listDefault: 50,
  /** Readings of a run returned at most. */
  samplesListMax: 10_000,
  /** Events of one run or incident that are folded into its story at most. */
  storyEventsMax: 5_000,
  /** Room made beforehand, beside the database, for events that the database refuses. */
  spoolBytes: MIB,
  /** A short run needs no such room; it is made after this time, or when it is needed. */
  spoolAfterMs: 2_000,
  /** The chain is signed at least after so many events, and after so much time with any. */
  checkpointEvents: 1_000,
  checkpointMs: 60_000,
  /** Events one bundle of evidence spans, and the bytes one may have when it is checked. */
  bundleEventsMax: 200_000,
  bundleBytesMax: 512 * MIB,
  /** Steps in which a database is brought down to its size. */
  pruneRoundsMax: 40,
  /** Samples kept in memory while the store refuses them. */
  unstoredSamplesMax: 1_000,
  /** Traces of the latest runs that are kept, and the room of one that was asked for. */
  tracesKept: 50,
  recordCharsMax: 64 * MIB,
  /** A run shorter than this leaves no trace of itself unless it was asked for. */
  traceFromMs: 10_000,
  /** Free share of a disk below which it counts as full. */
  diskFreeShareMin: 0.02,
  /** The longest line a shim says. */
  shimLineCharsMax: KIB,
  /** Clients of one control socket at once, the longest line, and how long one may be silent. */
  controlConnectionsMax: 64,
  controlLineCharsMax: 64 * KIB,
  controlIdleMs: 10_000,
  /** How long a listing waits for each run to say how it is; all are asked at once. */
  controlStatusMs: 500,
  /** Who asks for all runs so soon after another is told the same. */
  controlRoundMs: 100,
  /** What the API takes of one request, and how many connections: so many, and this share of what we may open. */
  apiBodyBytesMax: 64 * KIB,
  apiHeaderBytesMax: 16 * KIB,
  apiConnectionsMax: 1_024,
  apiConnectionsShare: 0.5,
  apiHeadersWithinMs: 5_000,
  apiRequestWithinMs: 15_000,
  apiIdleMs: 60_000,
  /** Errors of the API that nobody expected and that are told in full. */
  apiComplaintsMax: 20,
  /** How long an answer waits to be taken, and how much may wait in all. */
  apiTakenWithinMs: 30_000,
  apiUntakenBytesMax: 64 * MIB,
  /** Requests of one key or one address: so many at once, and so many a second. A page of a list counts by its items. */
  apiBurst: 4_000,
  apiRequestsPerSecond: 2_000,
  apiItemsPerRequest: 50,
  /** Failed authentications of one address. */
  apiFailuresBurst: 10,
  apiFailuresPerSecond: 0.2,
  /** Addresses and keys that are counted; the one not seen for longest is forgotten. */
  apiCountedMax: 1_024,
  /** Sessions of one database, how long one lasts, and the same of the links that begin them. */
  sessionsMax: 64,
  sessionMs: 12 * 3_600_000,
  loginLinksMax: 32,
  loginLinkMs: 15 * 60_000,
  /** Answers kept for those who ask again with the same Idempotency-Key. */
  apiAnswersKept: 1_000,
  apiAnswersKeptMs: 24 * 3_600_000,
  /** Pages of the timeline kept until more is recorded. */
  memoMax: 32,
  /** Characters of a page that is kept. */
  memoCharsMax: 256 * KIB,
  /** A run shorter than this never starts the API. */
  apiAfterMs: 300,
  /** A port that is taken is tried again this often. */
  apiPortRetryMs: 2_000,
  /** So often by `serve`, which comes before the runs. */
  apiTakeOverMs: 500,
  /** Lines of output that are told live: of so many kept before them (a key that spans them is seen), so long, so many characters at once. */
  liveContextLines: 100,
  liveLineCharsMax: 1_000,
  liveCharsMax: 40 * KIB,
  /** Clients of the stream, how often news is looked for, and how much is sent ahead of a slow one. */
  streamClientsMax: 64,
  streamLookMs: 100,
  streamStatusMs: 500,
  streamOutputMs: 500,
  streamHeartbeatMs: 15_000,
  streamBufferBytesMax: 256 * KIB,
  streamBatchMax: 256,
  /** Batches read in one look for all clients together: the supervisor shares the thread. */
  streamLookBatchesMax: 16,
  /** A stream whose client reads nothing is ended after this time; it may come back and resume. */
  streamStalledMs: 30_000,
  /** Active runs that have series of their own. */
  metricRunsMax: 50,
  /** Refused authentications recorded per address and this time; the rest is counted. */
  refusalsAuditedEveryMs: 1_000,
  /** The answer of the readiness checks is good for this long. */
  readinessMs: 1_000,
  /** A sampler later than this is not on time. */
  samplerLagMsMax: 2_000,
  /** Largest configuration file read. */
  configBytesMax: MIB,
  /** Cases of one pilot, characters of a case's name, and its file. */
  pilotCasesMax: 500,
  pilotNameCharsMax: 100,
  pilotFileBytesMax: MIB,
  /** Time a guarded case has to end after it was told to, before it is killed. */
  pilotStopMs: 15_000,
  /** Traces replayed for tuning; the newest by name. */
  tuneTracesMax: 500,
  /** A line for the operators' log is cut here. */
  logLineCharsMax: 16 * KIB,
} as const;
