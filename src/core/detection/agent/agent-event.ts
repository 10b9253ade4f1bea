// What agents' JSON streams tell, in one vocabulary. Arguments and results are only compared, never kept.

export const AGENT_KINDS = ['claude', 'codex', 'gemini'] as const;
export type AgentKind = (typeof AGENT_KINDS)[number];

export type AgentEvent =
  /** The agent calls a tool. `turn` names the message it came in: calls of one turn run in parallel. */
  | {
      readonly type: 'call';
      readonly id: string;
      readonly turn: string;
      readonly name: string;
      readonly argumentsHash: number;
      /** Asks whether something else is done yet. */
      readonly waits: boolean;
    }
  | {
      readonly type: 'result';
      readonly id: string;
      readonly resultHash: number;
      readonly isError: boolean;
    }
  /** The agent says something; saying it again and again is a loop as well. */
  | { readonly type: 'said'; readonly textHash: number }
  /** Tokens of one message; told again for the same message, the larger figure counts. */
  | { readonly type: 'usage'; readonly turn: string; readonly tokens: number }
  /** What a session has cost so far; told again for the same session, the larger figure counts. */
  | { readonly type: 'cost'; readonly session?: string; readonly usd: number }
  /** A file was changed, an item of a plan was done. */
  | { readonly type: 'progress' };
