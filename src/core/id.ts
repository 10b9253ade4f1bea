// Names of things. Made outside the core (port IdSource), prefixed and sortable by time.

declare const run: unique symbol;
declare const incident: unique symbol;
declare const event: unique symbol;
declare const intent: unique symbol;

/** `run_…`: one `flowforge run`, until it has ended for good. */
export type RunId = string & { readonly [run]: true };
/** `inc_…`: one thing that went wrong. */
export type IncidentId = string & { readonly [incident]: true };
/** `evt_…`: one recorded fact. */
export type EventId = string & { readonly [event]: true };
/** `act_…`: one order to act, joining its intent to its outcome. */
export type IntentId = string & { readonly [intent]: true };

/** What each kind of id begins with. */
export const ID_PREFIX = { run: 'run_', incident: 'inc_', event: 'evt_', intent: 'act_' } as const;
