import { node } from "../replies.ts";
import { type BinaryNode, attr, child, children, requiredAttr } from "../wire/binary-node.ts";
import type { BusinessDay, BusinessHours } from "../world/settings.ts";

/** Opening hours, as `updateBussinesProfile` of Baileys' business.js writes and `getBusinessProfile` reads them. */
export function hoursNode({ timezone, days }: BusinessHours): BinaryNode {
  return node(
    "business_hours",
    { timezone },
    days.map(({ day, mode, open, close }) =>
      node("business_hours_config", {
        day_of_week: day,
        mode,
        ...(open === undefined ? {} : { open_time: String(open) }),
        ...(close === undefined ? {} : { close_time: String(close) }),
      }),
    ),
  );
}

/** The hours in a change of a business profile, if it has any. */
export function hoursIn(changes: BinaryNode): BusinessHours | undefined {
  const hours = child(changes, "business_hours");
  if (hours === undefined) return undefined;
  return {
    timezone: requiredAttr(hours, "timezone"),
    days: children(hours, "business_hours_config").map(dayIn),
  };
}

function dayIn(config: BinaryNode): BusinessDay {
  const [open, close] = ["open_time", "close_time"].map((name) => attr(config, name));
  return {
    day: requiredAttr(config, "day_of_week"),
    mode: requiredAttr(config, "mode"),
    ...(open === undefined ? {} : { open: Number(open) }),
    ...(close === undefined ? {} : { close: Number(close) }),
  };
}
