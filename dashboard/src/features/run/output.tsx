// What the run printed, as far as it is kept: the last lines of each time its evidence was frozen.

import { useState } from 'react';
import type { Run } from '../../../../src/contract/run.ts';
import { firstRepeat, Lines } from '../../ui/lines.tsx';
import { Failed, Loading } from '../../ui/notice.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { useOutput } from '../../wire/queries.ts';

export function RunOutput({ run }: { readonly run: Run }) {
  const { data, error, refetch } = useOutput(run.run_id);
  const last = data?.frozen.at(-1) ?? null;
  if (last && last.last_lines.length > 0) return <Kept at={last.at} lines={last.last_lines} />;
  return (
    <section aria-labelledby="output">
      <h2 id="output">Output</h2>
      {data ? <p className="quiet">{nothingKept(run)}</p> : null}
      {!data && error ? <Failed error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Loading what="the output" /> : null}
    </section>
  );
}

const nothingKept = ({ state }: Run): string =>
  state === 'active'
    ? 'Output goes to where the command was started; its last lines are kept here when something is done about it.'
    : 'No lines of it were kept: nothing had to be done about it.';

function Kept({ at, lines }: { readonly at: string; readonly lines: readonly string[] }) {
  const [jump, setJump] = useState<{ readonly index: number } | null>(null);
  const repeat = firstRepeat(lines);
  return (
    <section aria-labelledby="output">
      <div className="section-head">
        <h2 id="output">Output</h2>
        {repeat === null ? null : (
          <button type="button" className="small" onClick={() => setJump({ index: repeat })}>
            Jump to the first repeat
          </button>
        )}
      </div>
      <p className="quiet">
        The last {lines.length} lines as of <ClockTime at={at} />, secrets taken out
      </p>
      <Lines
        label="Output of the run"
        jumpTo={jump}
        lines={lines.map((text, key) => ({ key, text, isMarked: key === repeat }))}
      />
    </section>
  );
}
