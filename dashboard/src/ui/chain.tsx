// A chain of events, oldest first, each with an address of its own.

import type { TimelineItem } from '../../../src/contract/timeline.ts';
import { SafeText } from './text.tsx';
import { ClockTime } from './time.tsx';

export function Chain({ items }: { readonly items: readonly TimelineItem[] }) {
  return (
    <ol className="chain">
      {items.map((item) => (
        <ChainItem key={item.event_id} item={item} />
      ))}
    </ol>
  );
}

function ChainItem({ item }: { readonly item: TimelineItem }) {
  const { seq, type, title, summary, timestamp, actor } = item;
  return (
    <li id={`e${seq}`} className={`chain-item ${type}`}>
      <span className="chain-time">
        <ClockTime at={timestamp} />
      </span>
      <span className="chain-type">{type}</span>
      <span className="chain-text">
        <strong>
          <SafeText text={title} />
        </strong>{' '}
        <SafeText text={summary} />
        {actor ? <span className="quiet"> · by {actor}</span> : null}
      </span>
      <a className="chain-link" href={`#e${seq}`} aria-label={`Link to event ${seq}`}>
        #{seq}
      </a>
    </li>
  );
}
