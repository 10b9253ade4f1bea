// What the run prints while it lives; then what is kept of it: the last lines of each time its evidence was frozen.

import { useState } from 'react';
import type { Run } from '../../../../src/contract/run.ts';
import { firstRepeat, Lines } from '../../ui/lines.tsx';
import { Failed, Loading } from '../../ui/notice.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { type LiveLine, useLiveOutput } from '../../wire/live-output.ts';
import { useOutput } from '../../wire/queries.ts';

export function RunOutput({ run }: { readonly run: Run }) {
  const live = useLiveOutput(run.run_id, run.state === 'active');
  if (live.length > 0 && run.state === 'active') return <Live lines={live} />;
  return <KeptOutput run={run} seen={live} />;
}

function Live({ lines }: { readonly lines: readonly LiveLine[] }) {
  const [isFollowing, setFollowing] = useState(true);
  return (
    <section aria-labelledby="output">
      <div className="section-head">
        <h2 id="output">Output</h2>
        <label className="quiet">
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={(event) => setFollowing(event.currentTarget.checked)}
          />{' '}
          follow
        </label>
      </div>
      <p className="quiet">As it is printed, secrets taken out</p>
      <Lines
        label="Output of the run"
        follow={isFollowing}
        lines={lines.map(({ key, text, isRemark }) => ({
          key,
          text: isRemark ? `– ${text} –` : text,
        }))}
      />
    </section>
  );
}

/** What was kept of a run, or else what was seen of it in this page. */
function KeptOutput({ run, seen }: { readonly run: Run; readonly seen: readonly LiveLine[] }) {
  const { data, error, refetch } = useOutput(run.run_id);
  const last = data?.frozen.at(-1) ?? null;
  if (last && last.last_lines.length > 0) return <Kept at={last.at} lines={last.last_lines} />;
  if (data && seen.length > 0) return <Live lines={seen} />;
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
    ? 'It has printed nothing yet. Output goes to where the command was started, and its latest lines are shown here.'
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
