// A chain of events, oldest first, each with an address of its own.

import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { kindOf, summaryOf } from './event.ts';
import { SafeText } from './text.tsx';
import { ClockTime } from './time.tsx';

export function Chain({ items }: { readonly items: readonly TimelineItem[] }) {
  const hash = useSyncExternalStore(onHashChange, () => window.location.hash);
  return (
    <ol className="chain">
      {items.map((item) => (
        <ChainItem key={item.event_id} item={item} isAimed={hash === `#e${item.seq}`} />
      ))}
    </ol>
  );
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

function ChainItem({
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
}
