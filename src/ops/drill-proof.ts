// When a step of a drill has passed: only on positive proof. Nothing of the worker is alive, the run has an end in
// the evidence with the right reason, and the whole chain of evidence verifies.

import { alive, chainFault, recordIn, type Scene, within } from './drill-scene.ts';
import type { CaseEnd, CaseRecord } from './guarded-case.ts';

export type StepVerdict = 'PASS' | 'FAIL' | 'SKIPPED' | 'INTERRUPTED' | 'NOT RUN';

export interface StepResult {
  readonly step: string;
  readonly title: string;
  readonly result: StepVerdict;
  /** What proves it, what is wrong, or why it was skipped. */
  readonly detail: string;
  readonly survivors: number | null;
  readonly exitReason: string | null;
  readonly proof: string | null;
  /** null: the step was not begun. */
  readonly durationS: number | null;
}

export type Proven = Pick<StepResult, 'result' | 'detail' | 'survivors' | 'exitReason' | 'proof'>;

export const skipped = (why: string): Proven => ({
  result: 'SKIPPED',
  detail: why,
  survivors: null,
  exitReason: null,
  proof: null,
});

export interface Wanted {
  readonly exitReason: string;
  /** One of these orders must be in the evidence as carried out, by an actor that begins so. */
  readonly order?: { readonly actions: readonly string[]; readonly actor: string };
}

const GONE_WITHIN_MS = 15_000;

/** Looks for everything that must be true after a step. */
export async function prove(scene: Scene, end: CaseEnd, wanted: Wanted): Promise<Proven> {
  await within(GONE_WITHIN_MS, () => alive(scene).length === 0);
  const survivors = alive(scene);
  const record = recordIn(scene, end);
  const faults = [
    survivors.length > 0 ? `alive: ${survivors.join(', ')}` : null,
    ...(record ? recordFaults(record, wanted) : ['the run is not in the evidence']),
    chainFault(scene),
  ].filter((fault) => fault !== null);
  const proof = record?.proof ?? null;
  return {
    result: faults.length === 0 ? 'PASS' : 'FAIL',
    detail: faults.length === 0 ? detailOf(proof) : faults.join('; '),
    survivors: survivors.length,
    exitReason: record?.run.exitReason ?? null,
    proof,
  };
}

function recordFaults({ run, completed }: CaseRecord, { exitReason, order }: Wanted) {
  const isOrdered =
    !order ||
    completed.some(
      ({ action, actor, outcome }) =>
        order.actions.includes(action) && actor.startsWith(order.actor) && outcome === 'done',
    );
  return [
    run.exitReason === exitReason
      ? null
      : `the run ended with ${run.exitReason}, not ${exitReason}`,
    run.survivors === 0 ? null : `the evidence tells of ${run.survivors ?? 'unknown'} survivors`,
    isOrdered
      ? null
      : `the evidence has no completed ${order?.actions.join(' or ')} by ${order?.actor}`,
  ];
}

const detailOf = (proof: string | null): string =>
  `nothing is alive${proof === null ? '' : ` (${proof})`}, the evidence is complete and verifies`;
