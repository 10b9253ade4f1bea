// Text that came from a command, shown so that it can do nothing but be read.

import { takeApart } from './ansi.ts';

/** A line of output, colours kept. */
export function SafeText({ text }: { readonly text: string }) {
  return (
    <bdi dir="ltr">
      {takeApart(text).map(({ text: part, className }, index) =>
        className === '' ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line have no other identity
          <span key={index} className={className}>
            {part}
          </span>
        ),
      )}
    </bdi>
  );
}
