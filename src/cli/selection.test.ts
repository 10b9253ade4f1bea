import { describe, expect, it } from 'vitest';
import type { EvidenceReader } from '../ports.ts';
import { resolveRunId } from './selection.ts';

/** Runs as evidence lists them, newest first. */
function evidence(...runs: readonly { runId: string; name: string | null }[]): EvidenceReader {
  return {
    run: (id: string) => runs.find(({ runId }) => runId === id) ?? null,
    runs: () => ({ items: runs, next: null }),
  } as unknown as EvidenceReader;
}

const reader = evidence(
  { runId: 'run_abc', name: 'nightly' },
  { runId: 'run_abd', name: 'nightly' },
  { runId: 'run_xyz', name: null },
);

describe('a run is picked', () => {
  it('by its id, by a beginning that only one has, and by name as the newest', () => {
    expect(resolveRunId(reader, 'run_abd')).toBe('run_abd');
    expect(resolveRunId(reader, 'run_x')).toBe('run_xyz');
    expect(resolveRunId(reader, 'nightly')).toBe('run_abc');
  });

  it('by no beginning that several have: they are named', () => {
    expect(() => resolveRunId(reader, 'run_ab')).toThrow(
      expect.objectContaining({
        code: 'FF_CONFLICT',
        hint: expect.stringMatching(/run_abc, run_abd/),
      }),
    );
  });

  it('by nothing that none has', () => {
    expect(() => resolveRunId(reader, 'run_q')).toThrow(
      expect.objectContaining({ code: 'FF_NOT_FOUND' }),
    );
  });
});
