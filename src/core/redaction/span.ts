// A part of a text, from `start` up to but without `end`.

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part to be taken out, and by which rule. */
export interface Marked extends Span {
  readonly rule: string;
}

/** The text with each marked part replaced. Of parts that overlap one is made, named after the one that begins first. */
export function replaceMarked(
  text: string,
  marks: readonly Marked[],
  replacement: (rule: string, content: string) => string,
): string {
  if (marks.length === 0) return text;
  const sorted = [...marks].sort((a, b) => a.start - b.start || b.end - a.end);
  let result = '';
  let done = 0;
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i] as Marked;
    let { end } = first;
    for (i++; i < sorted.length && (sorted[i] as Marked).start < end; i++) {
      end = Math.max(end, (sorted[i] as Marked).end);
    }
    const content = text.slice(first.start, end);
    result += text.slice(done, first.start) + replacement(first.rule, content);
    done = end;
  }
  return result + text.slice(done);
}
