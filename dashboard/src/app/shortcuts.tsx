// The keyboard: what each key does, and the sheet that says so.

import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { Dialog } from '../ui/dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'this sheet'],
  ['/', 'go to the filter of the page'],
  ['j  k', 'next and previous in the list'],
  ['Enter', 'open what is chosen'],
  ['Esc', 'close, or leave the filter'],
  ['g r', 'runs (overview)'],
  ['g i', 'incidents'],
  ['g t', 'timeline'],
  ['g p', 'policy'],
];

const PLACES: Readonly<Record<string, string>> = {
  r: '/',
  o: '/',
  i: '/incidents',
  t: '/timeline',
  p: '/policy',
};

const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 };
const TYPED_INTO = ['INPUT', 'SELECT', 'TEXTAREA'];
const SEQUENCE_MS = 1_500;

export function Shortcuts() {
  const [isShown, setShown] = useState(false);
  const [, go] = useLocation();
  useEffect(() => {
    const sequence = createSequence();
    const act = (event: KeyboardEvent): void => {
      if (event.key === '?') setShown(true);
      else if (event.key === '/') focusFilter(event);
      else moveInList(STEPS[event.key]);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (!isForUs(event)) return;
      const place = sequence(event);
      if (place === undefined) act(event);
      else go(place);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [go]);
  if (!isShown) return null;
  return (
    <Dialog title="Keyboard" onClose={() => setShown(false)}>
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

/** Gives the place that `g` and the key after it mean. */
function createSequence(): (event: KeyboardEvent) => string | undefined {
  let begunAt = Number.NEGATIVE_INFINITY;
  return ({ key, timeStamp }) => {
    const place = timeStamp - begunAt < SEQUENCE_MS ? PLACES[key] : undefined;
    begunAt = key === 'g' ? timeStamp : Number.NEGATIVE_INFINITY;
    return place;
  };
}

/** Not while something is typed, a dialog is open, or the browser itself is meant. Esc leaves what is typed into. */
function isForUs(event: KeyboardEvent): boolean {
  const { ctrlKey, metaKey, altKey, key, target } = event;
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return false;
  if (!(target instanceof HTMLElement) || !TYPED_INTO.includes(target.tagName)) return true;
  if (key === 'Escape') {
    // Left to itself the browser would empty the filter.
    event.preventDefault();
    target.blur();
  }
  return false;
}

function focusFilter(event: KeyboardEvent): void {
  const filter = document.querySelector<HTMLElement>('[data-filter]');
  if (!filter) return;
  event.preventDefault();
  filter.focus();
}

function moveInList(step: number | undefined): void {
  if (step === undefined) return;
  const all = document.querySelectorAll<HTMLElement>('[data-row]');
  // What is folded away cannot take the focus.
  const rows = [...all].filter((row) => row.checkVisibility());
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
}
