const SEPARATOR = "\n";

/** One key of several parts: equal only for equal parts, and beginning with the key of the first ones. */
export function rowKey(...parts: readonly string[]): string {
  return parts.map(escaped).join(SEPARATOR);
}

/** What the keys begin with that have these parts first and further ones behind them. */
export function keyPrefix(...parts: readonly string[]): string {
  return rowKey(...parts) + SEPARATOR;
}

/** The parts again. */
export function partsOf(key: string): readonly string[] {
  return key.split(SEPARATOR).map((part) => part.replaceAll("%0A", "\n").replaceAll("%25", "%"));
}

// Message ids are what their senders make of them.
function escaped(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("\n", "%0A");
}
