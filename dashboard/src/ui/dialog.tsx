// A dialog of the browser's own: it keeps the focus, and Esc closes it.

import { type ReactNode, useEffect, useRef } from 'react';
import { plainText } from './ansi.ts';
import { SafeText } from './text.tsx';

export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-label={plainText(title)} onClose={onClose}>
      <h2>
        <SafeText text={title} />
      </h2>
      {children}
    </dialog>
  );
}
