// What `npm audit` answers, of the packages that are shipped: the build bundles them, so npm takes them for tools.

export interface Weakness {
  readonly name: string;
  readonly severity: string;
}

/** Known weaknesses of the shipped packages; null where the registry did not say. */
export function weaknessesOf(
  answer: string,
  shipped: ReadonlySet<string>,
): readonly Weakness[] | null {
  try {
    const found: Readonly<Record<string, Weakness>> | undefined =
      JSON.parse(answer).vulnerabilities;
    if (found === undefined) return null;
    return Object.values(found)
      .filter(({ name }) => shipped.has(name))
      .map(({ name, severity }) => ({ name, severity }));
  } catch {
    return null;
  }
}

/** Names of what is shipped, out of a bill of materials in CycloneDX. */
export function componentNames(bill: string): ReadonlySet<string> {
  const { components }: { components: readonly { name: string }[] } = JSON.parse(bill);
  return new Set(components.map(({ name }) => name));
}

/** Why npm could not ask, in its own words. */
export function refusal(answer: string): string {
  try {
    const { message, error } = JSON.parse(answer);
    return String(message || error?.summary || error?.code || 'see audit.log').slice(0, 200);
  } catch {
    return 'see audit.log';
  }
}
