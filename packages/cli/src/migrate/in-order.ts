/**
 * Works on several items at once, at most `width`, and hands over the results in the order of the items. After a
 * failure nothing more is begun; it is thrown once what is under way has ended.
 */
export async function inOrder<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
  take: (result: Result) => void,
): Promise<void> {
  const results: (Result | undefined)[] = [];
  const failures: unknown[] = [];
  let next = 0;
  let taken = 0;
  const lane = async (): Promise<void> => {
    while (failures.length === 0 && next < items.length) {
      const at = next++;
      const item = items[at];
      if (item === undefined) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failures.push(error);
        return;
      }
      for (let result = results[taken]; result !== undefined; result = results[taken]) {
        results[taken++] = undefined;
        take(result);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
