import type { StanzaFamily } from "../../routing/router.ts";
import { attr, child, text } from "../../wire/binary-node.ts";
import { addressedGroup, groupRoute } from "./route.ts";
import { readSettings, settingTags } from "./setting-nodes.ts";

/** Subject, description and settings of a group. */
export const groupProfile: StanzaFamily = [
  groupRoute("set", "subject", (request) => {
    addressedGroup(request).rename(request.by, text(request.asked) ?? "");
    return undefined;
  }),
  groupRoute("set", "description", (request) => {
    const { asked, by, login } = request;
    const body = child(asked, "body");
    const deleted = attr(asked, "delete") === "true" || body === undefined;
    addressedGroup(request).describe(by, {
      id: attr(asked, "id") ?? login.context.nextId(),
      prev: attr(asked, "prev"),
      text: deleted ? undefined : text(body),
    });
    return undefined;
  }),
  ...settingTags.map((tag) =>
    groupRoute("set", tag, (request) => {
      addressedGroup(request).configure(request.by, readSettings([request.asked]));
      return undefined;
    }),
  ),
];
