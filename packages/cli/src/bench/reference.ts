/** What ratios each kind of side reached on another machine, operation by operation. */
export interface Reference {
  /** The machine they were measured on, in a line. Empty while nobody has measured any. */
  readonly measuredOn: string;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a kind of side reached in an operation on the machine of the reference, if it was measured there. */
export function ratioOf(
  { ratios }: Reference,
  kind: string,
  operation: string,
): number | undefined {
  // TLS is another way to the same store.
  return ratios[kind === "rediss" ? "redis" : kind]?.[operation];
}
