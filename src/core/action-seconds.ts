/** Upper bounds of the times that actions are counted in, in seconds: most end at once, some after their grace. */
export const ACTION_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
