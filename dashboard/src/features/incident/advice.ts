// What would have prevented an incident: the setting to write down, as `flowforge.yaml` takes it.

export interface Advice {
  /** When it applies. */
  readonly when: string;
  /** Lines of `flowforge.yaml`, or a command. */
  readonly setting: string;
}

/** Rules that may stop a run unless the configuration says otherwise. */
const STOPPING = [
  'output-loop',
  'retry-storm',
  'agent-loop',
  'silent-spin',
  'hang',
  'memory-growth',
  'process-growth',
  'output-flood',
  'budget',
];

const EARLIER: Readonly<Record<string, Advice>> = {
  'output-loop': { when: 'To be stopped sooner next time', setting: 'profile: heavy' },
  'retry-storm': { when: 'To be stopped sooner next time', setting: 'profile: heavy' },
  'agent-loop': { when: 'To bound what it may cost', setting: 'max-cost: 5' },
  'memory-growth': { when: 'To stop it before the machine suffers', setting: 'max-memory: 2GB' },
  'silent-spin': { when: 'To bound what it may burn', setting: 'max-cpu-time: 1h' },
  hang: { when: 'To be stopped after silence', setting: 'max-silence: 15m' },
  'output-flood': { when: 'To bound what it may print', setting: 'max-output: 500MB' },
};

/** What to set where it was no runaway, most precise first. */
export function exceptionFor(rule: string | null): readonly Advice[] {
  if (rule === null) return [];
  if (rule === 'budget') {
    return [
      {
        when: 'If it may take more',
        setting: '# raise or remove the limit that was reached: max-time, max-memory, …',
      },
    ];
  }
  const others = STOPPING.filter((it) => it !== rule).join(', ');
  const isAboutOutput = ['output-loop', 'retry-storm'].includes(rule);
  return [
    ...(isAboutOutput
      ? [
          {
            when: 'If a line it prints shows progress: say which',
            setting: `progress-regex: 'step \\d+ of \\d+'`,
          },
        ]
      : []),
    { when: 'If this rule should warn but never stop here', setting: `may-stop: [${others}]` },
    { when: 'If it only needs more patience', setting: 'profile: light' },
  ];
}

/** What to set where FlowForge was right. */
export const earlierFor = (rule: string | null): readonly Advice[] => {
  const advice = rule === null ? undefined : EARLIER[rule];
  return advice ? [advice] : [];
};
