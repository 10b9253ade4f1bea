// The parts of the timeline, drawn.

import { Link } from 'wouter';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { plainText } from '../../ui/ansi.ts';
import { kindOf, summaryOf } from '../../ui/event.ts';
import { SafeText } from '../../ui/text.tsx';
import { ClockTime, dayOf } from '../../ui/time.tsx';
import { count, duration } from '../../ui/units.ts';
import type { Part } from './fold.ts';

/** What a run is called. */
type NameOf = (runId: string | null) => string;

export function Parts({
  parts,
  isOpen,
  nameOf,
}: {
  readonly parts: readonly Part[];
  /** Shows the events of incidents: somebody looks for certain ones. */
  readonly isOpen: boolean;
  readonly nameOf: NameOf;
}) {
  return (
    <ol className="timeline">
      {parts.map((part) => (
        <PartItem key={keyOf(part)} part={part} isOpen={isOpen} nameOf={nameOf} />
      ))}
    </ol>
  );
}

const keyOf = (part: Part): string => {
  if (part.type === 'event') return part.item.event_id;
  if (part.type === 'incident') return part.incidentId;
  return part.type === 'idle' ? part.key : `day-${part.at}`;
};

function PartItem({
  part,
  isOpen,
  nameOf,
}: {
  readonly part: Part;
  readonly isOpen: boolean;
  readonly nameOf: NameOf;
}) {
  switch (part.type) {
    case 'day':
      return <li className="day">{dayOf(part.at)}</li>;
    case 'idle':
      return <li className="idle">nothing for {duration(part.durationMs)}</li>;
    case 'incident':
      return (
        <IncidentPart
          incidentId={part.incidentId}
          items={part.items}
          isOpen={isOpen}
          nameOf={nameOf}
        />
      );
    case 'event':
      return (
        <li>
          <EventRow item={part.item} nameOf={nameOf} />
        </li>
      );
  }
}

/** What says best what an incident is about; the newest of them does. */
const TOLD_BY = ['incident.opened', 'incident.escalated'];

function IncidentPart({
  incidentId,
  items,
  isOpen,
  nameOf,
}: {
  readonly incidentId: string;
  readonly items: readonly TimelineItem[];
  readonly isOpen: boolean;
  readonly nameOf: NameOf;
}) {
  const [told] = items.filter(({ event_type }) => TOLD_BY.includes(event_type));
  const newest = items[0];
  return (
    <li className="together">
      <div className="event incident">
        {newest ? <ClockTime at={newest.timestamp} /> : null}
        <span className="chain-type">incident</span>
        <span className="chain-text">
          <Link href={`/incidents/${incidentId}`} data-row>
            <SafeText text={told?.title ?? incidentId} />
          </Link>{' '}
          <SafeText text={told?.summary ?? ''} />
        </span>
        <OfRun name={nameOf(newest?.run_id ?? null)} />
      </div>
      <details open={isOpen}>
        <summary>{count(items.length, 'event')} of this incident</summary>
        <ol className="timeline inner">
          {items.map((item) => (
            <li key={item.event_id}>
              <EventRow item={item} nameOf={nameOf} />
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
}

function EventRow({ item, nameOf }: { readonly item: TimelineItem; readonly nameOf: NameOf }) {
  const { title, timestamp, seq } = item;
  const target = targetOf(item);
  const name = <SafeText text={title} />;
  return (
    <div className={`event ${kindOf(item)}`} id={`e${seq}`}>
      <ClockTime at={timestamp} />
      <span className="chain-type">{item.type}</span>
      <span className="chain-text">
        {target === null ? (
          <strong>{name}</strong>
        ) : (
          <Link href={target} data-row>
            {name}
          </Link>
        )}{' '}
        <SafeText text={summaryOf(item)} />
        {item.actor ? <span className="quiet"> · by {item.actor}</span> : null}
      </span>
      <OfRun name={nameOf(item.run_id)} />
    </div>
  );
}

/** Which run it was: several tell their stories in one timeline. */
function OfRun({ name }: { readonly name: string }) {
  return (
    <span className="event-run cut" title={plainText(name)}>
      <SafeText text={name} />
    </span>
  );
}

/** Where an event is told in full; it keeps that address. */
function targetOf({ incident_id, run_id, seq }: TimelineItem): string | null {
  if (incident_id !== null) return `/incidents/${incident_id}#e${seq}`;
  return run_id === null ? null : `/runs/${run_id}#e${seq}`;
}
