/** How many times faster than Baileys' own store each kind of store was, operation by operation. */
export interface Reference {
  /** The machine they were measured on, in a line. */
  readonly measuredOn: string;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a kind of store reached in an operation on the machine of the reference, if it was measured there. */
export function ratioOf(
  { ratios }: Reference,
  kind: string | undefined,
  operation: string,
): number | undefined {
  // TLS is another way to the same store.
  const key = kind === "rediss" ? "redis" : kind;
  return key === undefined ? undefined : ratios[key]?.[operation];
}
