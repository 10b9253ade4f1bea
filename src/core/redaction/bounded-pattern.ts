// Refuses patterns of users that could take more than bounded time on some text.

/**
 * Why a pattern may not be used, or null where it may. Conservative: some harmless patterns are refused. Each unbounded
 * repetition multiplies the work by the length of the text: more than one is for those who bound the text.
 */
export function objectionTo(source: string, unboundedMax = 1): string | null {
  if (source.length > 500) return 'it is longer than 500 characters';
  try {
    new RegExp(source);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const plain = source.replace(/\\./g, 'x').replace(/\[\^?\]?[^\]]*\]/g, 'x');
  if (/\\[1-9]|\\k</.test(source)) return 'it refers back to a group';
  if (/\)(?:[*+]|\{\d*,)/.test(plain)) return 'it repeats a group';
  const unbounded = plain.match(/[*+]|\{\d+,\}/g) ?? [];
  if (unbounded.length > unboundedMax) return 'it repeats without a bound too often: use {0,100}';
  const bounded = [...plain.matchAll(/\{\d*,(\d+)\}/g)].map(([, most]) => Number(most));
  const work = bounded.reduce((product, most) => product * Math.max(1, most), 1);
  return work > 1_000_000 ? 'its bounds multiply to more than a million' : null;
}
