import { withDeadline } from "@motte/core/deadline";
import type { Event } from "@motte/core/events";

/** The next value of an event, within 45 seconds. */
export async function next<T>(
  event: Event<T>,
  matches: (value: T) => boolean = () => true,
): Promise<T> {
  let subscription: Disposable | undefined;
  const value = new Promise<T>((resolve) => {
    subscription = event((each) => {
      if (matches(each)) resolve(each);
    });
  });
  try {
    return await withDeadline(value, { what: "The awaited event", ms: 45_000 });
  } finally {
    subscription?.[Symbol.dispose]();
  }
}

/** Everything an event says from now on. */
export function record<T>(event: Event<T>): T[] {
  const values: T[] = [];
  event((value) => values.push(value));
  return values;
}
