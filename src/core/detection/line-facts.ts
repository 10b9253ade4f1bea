// What one line told, in the numbers the rest of detection works with.

/** What is known of one analysed line. One object, overwritten by the next line; copy what you keep. */
export interface LineFacts {
  /** Stands for the template: equal for lines that differ in their variable parts only. 0 for redraws. */
  symbol: number;
  /** 0: nothing new, 1: all new. */
  information: number;
  failure: boolean;
  /** The same as the last line of its template, but for times, identifiers and counters. */
  identical: boolean;
  /** New measured values are among its numbers. */
  metric: boolean;
  /** The template was not known. */
  novel: boolean;
  /** A fraction or percentage advanced, or the user's own pattern of progress matched. */
  progress: boolean;
  /** False for redrawn lines and stack frames: they count for nothing by themselves. */
  counted: boolean;
}
