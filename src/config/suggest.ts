// "Did you mean …": the nearest known word to a mistyped one.

import { distance } from 'fastest-levenshtein';

/** The known word that `word` most likely stands for, or null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = normal(word);
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const candidateDistance = distance(wanted, normal(candidate));
    if (candidateDistance < bestDistance) {
      best = candidate;
      bestDistance = candidateDistance;
    }
  }
  return best;
}

/** `; did you mean x?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const candidate = nearest(word, known);
  return candidate === null ? '' : `; did you mean ${candidate}?`;
}

const normal = (word: string): string => word.toLowerCase().replaceAll('_', '-');
