// What to write down so that it goes otherwise next time, as `flowforge.yaml` takes it.

export interface Advice {
  /** When it applies. */
  readonly when: string;
  /** Lines of `flowforge.yaml`, or a command. */
  readonly setting: string;
}

const EARLIER: Readonly<Record<string, Advice>> = {
  'output-loop': { when: 'To be stopped sooner next time', setting: 'profile: heavy' },
  'retry-storm': { when: 'To be stopped sooner next time', setting: 'profile: heavy' },
  'agent-loop': { when: 'To bound what it may cost', setting: 'max-cost: 5' },
  'memory-growth': { when: 'To stop it before the machine suffers', setting: 'max-memory: 2GB' },
  'silent-spin': { when: 'To bound what it may burn', setting: 'max-cpu-time: 1h' },
  hang: { when: 'To be stopped after silence', setting: 'max-silence: 15m' },
  'output-flood': { when: 'To bound what it may print', setting: 'max-output: 500MB' },
};

/** What to know of the incident and of the policy for a setting that is true. */
export interface Case {
  readonly rule: string | null;
  /** The rules that may stop a run as the policy stands; null: not known. */
  readonly mayStop: readonly string[] | null;
  /** What was measured when it was decided, by name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What to set where it was no runaway, most precise first. */
export function exceptionFor({ rule, mayStop, numbers }: Case): readonly Advice[] {
  if (rule === null) return [];
  if (rule === 'budget') return moreFor(numbers);
  return [
    ...(['output-loop', 'retry-storm'].includes(rule) ? [PROGRESS] : []),
    ...(mayStop?.includes(rule) ? [withoutRule(rule, mayStop)] : []),
    { when: 'If it only needs more patience', setting: 'profile: light' },
  ];
}

const PROGRESS: Advice = {
  when: 'If it prints progress, say how such a line looks. For instance, to be adapted',
  setting: `progress-regex: 'step \\d+ of \\d+'`,
};

const withoutRule = (rule: string, mayStop: readonly string[]): Advice => ({
  when: 'If this rule should warn but never stop here, and the others as they may now',
  setting: `may-stop: [${mayStop.filter((it) => it !== rule).join(', ')}]`,
});

/** The limits of `budget`, by the name under which the detector tells what was spent. */
const LIMITS: Readonly<Record<string, readonly [key: string, write: (spent: number) => string]>> = {
  'run time': ['max-time', minutes],
  'CPU time': ['max-cpu-time', minutes],
  tokens: ['max-tokens', (spent) => String(Math.ceil(spent))],
  cost: ['max-cost', (spent) => String(Math.ceil(spent))],
};

const moreFor = (numbers: Case['numbers']): readonly Advice[] =>
  Object.entries(numbers).flatMap(([name, spent]) => {
    const [key, write] = LIMITS[name] ?? [];
    if (!key || !write) return [];
    return [
      { when: 'If it may take twice what it had taken', setting: `${key}: ${write(2 * spent)}` },
    ];
  });

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1_000)}s` : `${Math.ceil(ms / 60_000)}m`;
}

/** What to set where FlowForge was right. */
export const earlierFor = (rule: string | null): readonly Advice[] => {
  const advice = rule === null ? undefined : EARLIER[rule];
  return advice ? [advice] : [];
};
