// One look at a tree asks for many processes: for a moment, they are all told from one listing.

const KEPT_MS = 20;

/** What `read` gives, read anew where it is older than 20 ms of `now`. */
export function keptFor<T>(now: () => number, read: () => T): () => T {
  let kept: { readonly value: T; readonly at: number } | null = null;
  return () => {
    if (!kept || now() - kept.at > KEPT_MS) kept = { value: read(), at: now() };
    return kept.value;
  };
}
