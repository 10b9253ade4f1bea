// What the API needs of the world. It listens to nothing and supervises nothing itself.

import type { Policy } from '../contract/policy.ts';
import type { FactOf } from '../core/event.ts';
import type { Incident } from '../core/incident.ts';
import type { EpochMs } from '../core/time.ts';
import type {
  AnswerMemory,
  Authenticate,
  Clock,
  EvidenceReader,
  Expose,
  Principal,
  ReadinessCheck,
  RunControl,
  Sessions,
} from '../ports.ts';

export interface ApiWorld {
  readonly clock: Clock;
  /** A fresh id for a request that brings none. */
  readonly newRequestId: () => string;
  readonly reader: EvidenceReader;
  readonly runs: RunControl;
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly answers: AnswerMemory;
  /** Records that somebody was refused. */
  readonly audit: (note: FactOf<'audit.noted'>['payload']) => void;
  /** Says an error that nobody expected to who can report it: the client is told none of it. */
  readonly complain: (error: Error, requestId: string) => void;
  /** Looks at everything anew. */
  readonly examine: () => readonly ReadinessCheck[];
  /** How late the last reading came, in seconds. */
  readonly samplerLagSeconds: () => number;
  /** Records what a person says of an incident; returns when it is durable. */
  readonly answer: (incident: Incident, said: FactOf<'incident.answered'>['payload']) => void;
  /** A file of the built dashboard, as it is or compressed by gzip; null where there is none. */
  readonly dashboardFile: (name: string, isCompressed: boolean) => Uint8Array<ArrayBuffer> | null;
  readonly expose: Expose;
  readonly settings: ApiSettings;
}

export interface ApiSettings {
  readonly version: string;
  readonly hostId: string;
  /** The address it listens on. */
  readonly bindHost: string;
  /** The port it listens on; asked per request, because 0 is chosen by the system. */
  readonly port: () => number;
  /** Whether that address is this host's own. */
  readonly isLoopback: boolean;
  /** What else it is called, in lower case: by a proxy before it, or in a network of containers. */
  readonly hostNames: readonly string[];
  /** Whether reading needs a key, too. */
  readonly readNeedsKey: boolean;
  /** Every setting in force, keys excepted. */
  readonly policy: () => Readonly<Policy['settings']>;
}

/** Where a request comes from, as whoever listens saw it. */
export interface Peer {
  readonly address: string;
  /** How many Host headers it had. */
  readonly hostCount: number;
  /** The target as it was sent: a path, or, to a proxy, a whole address. */
  readonly target: string;
}

/** What travels with a request. */
export interface ApiEnv {
  readonly Bindings: { readonly peer?: Peer };
  readonly Variables: {
    requestId: string;
    /** The id of the key. */
    principal: string | null;
    scopes: Principal['scopes'];
    /** When the session ends that the request belongs to; null where it came with a key, or with nothing. */
    sessionEndsAt: EpochMs | null;
    /** Counts the request among those with a wrong key; gives what to answer. */
    reject: (detail: string) => Error;
    /** Whether the key or session of the request holds to this moment; always, where it came with nothing. */
    holds: () => boolean;
  };
}
