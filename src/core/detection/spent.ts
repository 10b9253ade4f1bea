// What a run has used up of what it may use: budgets are the run's, however often its command is started again.

export interface Spent {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly outputBytes: number;
  readonly tokens: number;
  readonly costUsd: number;
}

export const NOTHING_SPENT: Spent = {
  timeMs: 0,
  cpuMs: 0,
  outputBytes: 0,
  tokens: 0,
  costUsd: 0,
};
