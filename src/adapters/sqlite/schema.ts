// The shape of the database, as numbered migrations. A released migration is never edited; a change is the next number.

/** Marks a file as ours in its header (`PRAGMA application_id`): "FFev". */
export const APPLICATION_ID = 0x46466576;

const EVENTS = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  host_id TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  run_id TEXT,
  attempt INTEGER,
  incident_id TEXT,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  monotonic_us INTEGER NOT NULL,
  payload TEXT NOT NULL,
  sealed BLOB,
  link TEXT NOT NULL,
  kind TEXT NOT NULL GENERATED ALWAYS AS (CASE
    WHEN type IN ('action.intended', 'action.completed', 'audit.noted') THEN 'audit'
    WHEN type = 'decision.made' THEN 'decision'
    WHEN type LIKE 'incident.%' OR type = 'tree.frozen' THEN 'incident'
    ELSE 'lifecycle' END) VIRTUAL,
  job_key TEXT GENERATED ALWAYS AS (json_extract(payload, '$.jobKey')) VIRTUAL
) STRICT;
CREATE INDEX events_of_run ON events (run_id, seq);
CREATE INDEX events_of_incident ON events (incident_id, seq) WHERE incident_id IS NOT NULL;
CREATE INDEX events_of_kind ON events (kind, seq);
CREATE INDEX events_of_type ON events (type, seq) WHERE type <> 'decision.made';
CREATE INDEX events_by_time ON events (at_ms);
CREATE INDEX runs_of_job ON events (job_key, seq) WHERE type = 'run.started';
CREATE INDEX ends_of_runs ON events (run_id) WHERE type = 'run.ended';

-- Whole prefixes may be pruned, and only after a signed marker says so.
CREATE TABLE prunes (
  upto_seq INTEGER PRIMARY KEY,
  link TEXT NOT NULL,
  event_count INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, note TEXT NOT NULL) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
WHEN OLD.seq > coalesce((SELECT max(upto_seq) FROM prunes), 0)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER prunes_are_never_changed BEFORE UPDATE ON prunes
BEGIN SELECT RAISE(ABORT, 'prunes are append-only'); END;
CREATE TRIGGER prunes_are_never_deleted BEFORE DELETE ON prunes
BEGIN SELECT RAISE(ABORT, 'prunes are append-only'); END;
CREATE TRIGGER checkpoints_are_never_changed BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
`;

const SAMPLES = `
CREATE TABLE samples (
  run_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  -- What one row stands for: 1, 10 or 60 seconds.
  period_s INTEGER NOT NULL,
  cpu_percent REAL NOT NULL,
  demand_percent REAL NOT NULL,
  rss_bytes REAL NOT NULL,
  process_count REAL NOT NULL,
  output_bytes_per_second REAL NOT NULL,
  output_lines_per_second REAL NOT NULL,
  cpu_score REAL NOT NULL,
  entropy_score REAL NOT NULL,
  confidence_score REAL NOT NULL,
  PRIMARY KEY (run_id, at_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX samples_to_roll_up ON samples (period_s, at_ms);
`;

const KEYS = `
CREATE TABLE data_keys (
  key_id TEXT PRIMARY KEY,
  master_id TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  key_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  revoked_ms INTEGER,
  last_used_day TEXT
) STRICT;
`;

const stamp = (column: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

const VIEWS = `
CREATE VIEW runs AS SELECT
  s.run_id AS id, s.payload ->> 'name' AS name, s.payload ->> 'argv' AS command, s.payload ->> 'cwd' AS directory,
  s.payload ->> 'profile' AS profile, s.payload ->> 'rollout' AS rollout,
  ${stamp('s.at_ms')} AS started_at, ${stamp('e.at_ms')} AS ended_at,
  e.payload ->> 'exitReason' AS exit_reason, e.payload ->> 'exitCode' AS exit_code,
  e.payload ->> 'attempts' AS attempts, e.payload ->> 'cpuPeakPercent' AS max_cpu,
  e.payload ->> 'survivors' AS survivors, e.payload ->> 'reason' AS reason,
  s.host_id AS host_id, s.seq AS first_seq, e.seq AS last_seq
FROM events s LEFT JOIN events e ON e.run_id = s.run_id AND e.type = 'run.ended'
WHERE s.type = 'run.started';

CREATE VIEW incidents AS SELECT
  o.incident_id AS id, o.run_id AS run_id, o.attempt AS attempt,
  ${stamp('o.at_ms')} AS opened_at, ${stamp('c.at_ms')} AS closed_at,
  coalesce(c.payload ->> 'exitReason', u.payload ->> 'exitReason', o.payload ->> 'exitReason') AS exit_reason,
  coalesce(u.payload ->> 'title', o.payload ->> 'title') AS title,
  coalesce(u.payload ->> 'reason', o.payload ->> 'reason') AS reason,
  o.payload ->> 'ruleId' AS rule_id, o.payload ->> 'pid' AS pid,
  coalesce(u.payload ->> '$.scores.cpu', o.payload ->> '$.scores.cpu') AS cpu_score,
  coalesce(u.payload ->> '$.scores.entropy', o.payload ->> '$.scores.entropy') AS entropy_score,
  coalesce(u.payload ->> '$.scores.confidence', o.payload ->> '$.scores.confidence') AS confidence_score,
  c.payload ->> 'outcome' AS outcome, o.seq AS seq
FROM events o
LEFT JOIN events u ON u.seq = (SELECT max(seq) FROM events x WHERE x.incident_id = o.incident_id AND x.type = 'incident.escalated')
LEFT JOIN events c ON c.seq = (SELECT max(seq) FROM events x WHERE x.incident_id = o.incident_id AND x.type = 'incident.closed')
WHERE o.type = 'incident.opened';

CREATE VIEW audit_events AS SELECT
  seq, event_id, ${stamp('at_ms')} AS timestamp, run_id, attempt, incident_id,
  type AS step, payload ->> 'action' AS action, payload ->> 'actor' AS actor, payload ->> 'reason' AS reason,
  payload ->> 'outcome' AS outcome, payload ->> 'detail' AS detail, payload ->> 'intentId' AS intent_id,
  payload ->> 'requestId' AS request_id
FROM events WHERE kind = 'audit';

CREATE VIEW decision_traces AS SELECT
  seq, event_id, ${stamp('at_ms')} AS timestamp, run_id, attempt, incident_id,
  payload ->> 'applied' AS decision, payload ->> 'intended' AS intended, payload ->> 'suppressedBy' AS suppressed_by,
  payload ->> 'ruleId' AS rule_id, payload ->> 'reason' AS reason,
  payload ->> '$.scores.cpu' AS cpu_score, payload ->> '$.scores.entropy' AS entropy_score,
  payload ->> '$.scores.confidence' AS confidence_score, payload ->> 'contributions' AS contributions
FROM events WHERE kind = 'decision';
`;

/** Who is signed in, and what was answered to an Idempotency-Key: digests only, and nothing of the evidence. */
const API = `
CREATE TABLE sessions (
  digest TEXT PRIMARY KEY,
  -- A link is redeemed once, for a session.
  kind TEXT NOT NULL CHECK (kind IN ('link', 'session')),
  key_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_answers (
  digest TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  request_id TEXT NOT NULL,
  after_seq INTEGER NOT NULL,
  -- Absent until it is known.
  answer TEXT,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX api_answers_by_time ON api_answers (at_ms);
`;

/** Readings by which an incident is understood stay as fine as they were taken. */
const SAMPLES_OF_INCIDENTS = `
ALTER TABLE samples ADD COLUMN is_of_incident INTEGER NOT NULL DEFAULT 0;
DROP INDEX samples_to_roll_up;
CREATE INDEX samples_to_roll_up ON samples (period_s, at_ms) WHERE is_of_incident = 0;
`;

/** Migration n brings a database from version n-1 to version n. */
export const MIGRATIONS: readonly string[] = [
  EVENTS + SAMPLES + KEYS + VIEWS,
  API,
  SAMPLES_OF_INCIDENTS,
];
