// What the runs are called that events and incidents are of.

import { useMemo } from 'react';
import { useRuns } from '../wire/queries.ts';
import { runName } from './state.tsx';

/** Gives the name of a run; of one that is too old to be listed, its id; '' where there is none. */
export function useRunNames(): (runId: string | null) => string {
  const { data } = useRuns();
  return useMemo(() => {
    const names = new Map(data?.items.map((run) => [run.run_id, runName(run)]));
    return (runId) => (runId === null ? '' : (names.get(runId) ?? runId));
  }, [data]);
}
