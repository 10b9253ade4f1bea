// What the live feed tells of a run.

/** A run as its supervisor tells it, twice a second. Of one that does not answer nothing else is known. */
export interface RunStatus {
  readonly run_id: string;
  readonly name: string | null;
  readonly phase: string;
  readonly attempt: number | null;
  readonly pid: number | null;
  readonly cpu_percent: number | null;
  readonly rss_bytes: number | null;
  readonly process_count: number | null;
  readonly output_lines: number | null;
  readonly incident_id: string | null;
}

/** The phase of a run whose supervisor is there, but stopped or overloaded. */
export const NOT_ANSWERING = 'not-answering';
