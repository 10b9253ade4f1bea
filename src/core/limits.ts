// Every bound of FlowForge in one place. What overflows is counted and said, never silently lost.

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** A line longer than this is cut; the rest of it is counted, not analysed. */
  lineCharsMax: 4 * KIB,
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
  /** Inputs waiting in a supervisor's mailbox. */
  mailboxMax: 10_000,
  /** Time a killed tree has to become empty before it is reported as not emptied. */
  emptyWaitMs: 10_000,
  /** Time to drain the rest of the output after the tree is empty. */
  drainMs: 2_000,
  /** Two orders to interrupt within this time force the stop. */
  insistWithinMs: 5_000,
  /** A decision trace is written at least this often while something is suspected. */
  traceHeartbeatMs: 60_000,
  /** A sample is stored at least this often. */
  sampleStorePeriodMs: 10_000,
  /** Events kept in memory while the store refuses them. */
  unstoredEventsMax: 10_000,
  /** How long a second process waits for the database. */
  storeBusyMs: 5_000,
  /** Largest payload of one event. */
  eventPayloadBytesMax: 256 * KIB,
  /** Rows a listing returns at most. */
  listMax: 500,
  /** Largest configuration file read. */
  configBytesMax: MIB,
} as const;
