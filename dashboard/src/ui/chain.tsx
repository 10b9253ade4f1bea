// A chain of events, oldest first, each with an address of its own.

import { Fragment, memo, useEffect, useRef, useSyncExternalStore } from 'react';
import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { CHAIN_BEGIN_MAX, type ChainRead } from '../wire/chain-read.ts';
import { kindOf, summaryOf } from './event.ts';
import { Loading } from './notice.tsx';
import { SafeText } from './text.tsx';
import { ClockTime } from './time.tsx';
import { count } from './units.ts';

export function Chain({ of: { items, leftOut, isAtEnd } }: { readonly of: ChainRead }) {
  const hash = useSyncExternalStore(onHashChange, () => window.location.hash);
  return (
    <>
      <ol className="chain">
        {items.map((item, index) => (
          <Fragment key={item.event_id}>
            {leftOut > 0 && index === CHAIN_BEGIN_MAX ? (
              <li className="chain-item">{count(leftOut, 'event')} between are not shown here</li>
            ) : null}
            <ChainItem item={item} isAimed={hash === `#e${item.seq}`} />
          </Fragment>
        ))}
      </ol>
      {isAtEnd ? null : <Loading what="newer events" />}
    </>
  );
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

const ChainItem = memo(function ChainItem({
  item,
  isAimed,
}: {
  readonly item: TimelineItem;
  /** Whether the address means this very event. */
  readonly isAimed: boolean;
}) {
  const { seq, type, title, timestamp, actor } = item;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isAimed) row.current?.scrollIntoView({ block: 'center' });
  }, [isAimed]);
  return (
    <li ref={row} id={`e${seq}`} className={`chain-item ${kindOf(item)}${isAimed ? ' aimed' : ''}`}>
      <span className="chain-time">
        <ClockTime at={timestamp} />
      </span>
      <span className="chain-type">{type}</span>
      <span className="chain-text">
        <strong>
          <SafeText text={title} />
        </strong>{' '}
        <SafeText text={summaryOf(item)} />
        {actor ? <span className="quiet"> · by {actor}</span> : null}
      </span>
      <a className="chain-link" href={`#e${seq}`} aria-label={`Link to event ${seq}`}>
        #{seq}
      </a>
    </li>
  );
});
