/** One string for a record's family and id, whatever characters they hold. */
export function recordKey(type: string, id: string): string {
  return `${type.length}:${type}${id}`;
}
