// What the runs are called that events and incidents are of.

import { useMemo } from 'react';
import { useActiveRuns, useRunPages } from '../wire/queries.ts';
import { runName } from './state.tsx';

/** Gives the name of a run; of one that is too old to be listed, its id; '' where there is none. */
export function useRunNames(): (runId: string | null) => string {
  const { data: active } = useActiveRuns();
  const { data } = useRunPages();
  return useMemo(() => {
    const all = [...(data?.pages.flatMap(({ items }) => items) ?? []), ...(active ?? [])];
    const names = new Map(all.map((run) => [run.run_id, runName(run)]));
    return (runId) => (runId === null ? '' : (names.get(runId) ?? runId));
  }, [data, active]);
}
