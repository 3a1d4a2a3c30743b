/** One number that a bench has measured: the median of its rounds. */
export interface Figure {
  /** The chart that it stands in, with others of its unit. */
  readonly group: string;
  /** Its line in that chart. Group and name together are the same in every run. */
  readonly name: string;
  /** Only ratios are compared between runs and machines. */
  readonly kind: "ratio" | "measure";
  /** `x` for a ratio. */
  readonly unit: string;
  readonly value: number;
  readonly better: "more" | "less";
  /** Half of the distance between the quartiles of its rounds, as a share of the value. */
  readonly spread: number;
  readonly rounds: number;
  readonly role: Role;
  readonly goal?: number;
  /** The same ratio where it was measured before. */
  readonly reference?: number;
  /** By which that is found: the kind of the side, and of the operation. */
  readonly referenceOf?: readonly [side: string, operation: string];
  /** What it has to be read with: `survives a power cut`. */
  readonly note?: string;
}

/** Whether a figure is ours, another program's, or what nobody could go beyond. */
export type Role = "ours" | "other" | "limit";

/** What one area came to. */
export interface AreaResult {
  readonly area: string;
  readonly title: string;
  /** What is measured, in a sentence or two. */
  readonly about: string;
  /** What an acknowledged write of each side survives, or that nothing is written. */
  readonly durability: string;
  readonly tookMs: number;
  /** Where the references of its figures come from; empty while there are none. Absent where none are shown. */
  readonly reference?: string;
  readonly figures: readonly Figure[];
}

/** Says that nobody has measured references for an area. */
export function noReference(area: string): string {
  return `There is no reference for ${area} yet: no other machine's ratios stand beside these.`;
}

/** What names a figure within its area. */
export function figureKey({ group, name }: Pick<Figure, "group" | "name">): string {
  return `${group} / ${name}`;
}

/** Whether a figure has reached its goal; `undefined` when it has none. */
export function isMet({ value, goal, better }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return better === "more" ? value >= goal : value <= goal;
}
