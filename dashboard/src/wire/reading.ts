// What the live feed tells of a run.

/** A run as its supervisor tells it, once a second. */
export interface RunStatus {
  readonly run_id: string;
  readonly name: string | null;
  readonly phase: string;
  readonly attempt: number;
  readonly pid: number | null;
  readonly cpu_percent: number;
  readonly rss_bytes: number;
  readonly process_count: number;
  readonly output_lines: number;
  readonly incident_id: string | null;
}
