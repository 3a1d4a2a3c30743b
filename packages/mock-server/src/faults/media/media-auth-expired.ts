import { type Fault, defineFault } from "../fault.ts";
import { transferOf } from "../media-fault.ts";

export const mediaAuthExpired: Fault<"media-auth-expired", object> = defineFault<
  "media-auth-expired",
  "http",
  object
>({
  name: "media-auth-expired",
  place: "http",
  summary:
    "every `auth` of `media_conn` has expired when an upload begins: 401 until it is fetched anew",
  settings: {},
  arm: (_, { context }) => ({
    matches: (request) => transferOf(request) === "upload",
    act: (request, handle) => {
      context.mediaAccess.revokeAll();
      return handle(request);
    },
  }),
});
