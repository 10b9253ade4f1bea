// What the run prints while it lives; then what is kept of it: the last lines of each time its evidence was frozen.

import { memo, type ReactNode, useMemo, useState } from 'react';
import type { Run } from '../../../../src/contract/run.ts';
import { firstRepeat, type Line, Lines } from '../../ui/lines.tsx';
import { Failed, Loading } from '../../ui/notice.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { count } from '../../ui/units.ts';
import { useLiveOutput } from '../../wire/live-output.ts';
import { useOutput } from '../../wire/queries.ts';

export const RunOutput = memo(function RunOutput({ run }: { readonly run: Run }) {
  const isActive = run.state === 'active';
  const live = useLiveOutput(run.run_id, isActive);
  return (
    <section aria-labelledby="output">
      {isActive && live.length > 0 ? (
        <View lines={live} isLive note="As it is printed, secrets taken out" />
      ) : (
        <KeptOutput run={run} seen={live} />
      )}
    </section>
  );
});

/** What was kept of a run, or else what was seen of it in this page. */
function KeptOutput({ run, seen }: { readonly run: Run; readonly seen: readonly Line[] }) {
  const { data, error, refetch } = useOutput(run.run_id);
  const last = data?.frozen.at(-1);
  const kept = useMemo(
    () => last?.last_lines.map((text, key) => ({ key, text, number: key + 1 })) ?? [],
    [last],
  );
  if (last && kept.length > 0) {
    const note = (
      <>
        The last {count(kept.length, 'line')} as of <ClockTime at={last.at} />, secrets taken out
      </>
    );
    return <View lines={kept} note={note} />;
  }
  if (data && seen.length > 0) {
    return <View lines={seen} note="What was seen of it here; no lines of it were kept" />;
  }
  return (
    <>
      <h2 id="output">Output</h2>
      {data ? <p className="quiet">{nothingKept(run)}</p> : null}
      {!data && error ? <Failed error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Loading what="the output" /> : null}
    </>
  );
}

const nothingKept = ({ state, output_lines }: Run): string =>
  state === 'active'
    ? `${output_lines === 0 ? 'It has printed nothing yet. ' : ''}Output goes to where the command was started; its latest lines are shown here as they come.`
    : 'No lines of it were kept: nothing had to be done about it.';

function View({
  lines,
  note,
  isLive = false,
}: {
  readonly lines: readonly Line[];
  readonly note: ReactNode;
  readonly isLive?: boolean;
}) {
  const [words, setWords] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const [jump, setJump] = useState<{ readonly index: number; readonly key: number } | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const shown = useMemo(() => found(lines, words), [lines, words]);
  const jumpToRepeat = (): void => {
    const index = firstRepeat(shown.map(({ text }) => text));
    const line = index === null ? undefined : shown[index];
    setSaid(line ? null : 'No line of these comes twice.');
    if (index === null || !line) return;
    setFollowing(false);
    setJump({ index, key: line.key });
  };
  return (
    <>
      <div className="section-head">
        <h2 id="output">Output</h2>
        <p className="quiet grow">{note}</p>
        <input
          data-filter
          type="search"
          className="find"
          value={words}
          placeholder="find in these lines"
          aria-label="Find in the output"
          onChange={(event) => setWords(event.target.value)}
        />
        <span className="pair">
          <button type="button" className="small" onClick={jumpToRepeat}>
            Jump to the first repeat
          </button>
          {isLive ? (
            <label className="check">
              <input
                type="checkbox"
                checked={isFollowing}
                onChange={(event) => setFollowing(event.target.checked)}
              />
              follow
            </label>
          ) : null}
        </span>
      </div>
      <Lines
        label="Output of the run"
        follow={isLive && isFollowing}
        {...(isLive ? { onFollow: setFollowing } : {})}
        jumpTo={jump}
        lines={jump ? shown.map((line) => (line.key === jump.key ? marked(line) : line)) : shown}
      />
      {words === '' && said === null ? null : (
        <p className="quiet" role="status">
          {words === '' ? said : `${shown.length} of ${count(lines.length, 'line')}`}
        </p>
      )}
    </>
  );
}

/** The lines in which the words stand. */
function found(lines: readonly Line[], words: string): readonly Line[] {
  const wanted = words.trim().toLowerCase();
  return wanted === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(wanted));
}

const marked = (line: Line): Line => ({ ...line, isMarked: true });
