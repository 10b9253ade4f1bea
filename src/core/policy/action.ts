// What FlowForge may do about a finding, mildest first.

export const ACTIONS = ['none', 'alert', 'pause', 'stop', 'restart'] as const;
export type Action = (typeof ACTIONS)[number];
