// What FlowForge may do about a finding, mildest first.

export const ACTIONS = ['none', 'alert', 'pause', 'stop', 'restart'] as const;
export type Action = (typeof ACTIONS)[number];

/** The stronger of two actions. */
export const stronger = (a: Action, b: Action): Action =>
  ACTIONS.indexOf(a) >= ACTIONS.indexOf(b) ? a : b;
