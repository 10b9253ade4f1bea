// The sentence that answers "what happened to my job" by itself.

import type { Incident } from '../../../../src/contract/incident.ts';
import { duration } from '../../ui/units.ts';
import type { Deed } from '../../wire/facts.ts';
import { actorInWords, deedInWords, proofInWords } from './words.ts';

/** What ends a run without FlowForge. */
const BY_ITSELF: Readonly<Record<string, string>> = {
  COMMAND_FAILURE: 'The command failed by itself',
  EXTERNAL_KILL: 'Something else killed it',
};

/** Who did what, why, and whether it worked. */
export function verdictSentence(incident: Incident, deeds: readonly Deed[]): string {
  const deed = deeds.at(-1);
  if (!deed) {
    const byItself = BY_ITSELF[incident.exit_reason];
    if (byItself) return `${byItself}, and FlowForge had no part in it: ${incident.reason}.`;
    const state =
      incident.status === 'open'
        ? 'FlowForge has warned and not touched the run so far'
        : 'FlowForge warned and did not touch the run';
    return `${state}: ${incident.reason}.`;
  }
  return `${actorInWords(deed.actor)} ${deedInWords(deed.action)}: ${incident.reason}. ${outcomeSentence(deed)}`;
}

/** Whether it worked, and how we know. */
export function outcomeSentence({ outcome }: Deed): string {
  if (!outcome) return 'That is under way.';
  if (outcome.word === 'unknown')
    return 'What became of it is not known: FlowForge was gone before it could tell.';
  if (outcome.word !== 'done') return `It failed: ${outcome.detail}.`;
  const left =
    outcome.survivors.length > 0
      ? `${outcome.survivors.length === 1 ? 'a process is' : `${outcome.survivors.length} processes are`} left: ${outcome.survivors.join(', ')}`
      : outcome.proof
        ? `nothing is left of it (${proofInWords(outcome.proof)})`
        : outcome.detail;
  return `It worked, in ${duration(outcome.durationMs)}${left ? `: ${left}` : ''}.`;
}
