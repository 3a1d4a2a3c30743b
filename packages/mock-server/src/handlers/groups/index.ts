import type { StanzaFamily } from "../../routing/router.ts";
import { communities } from "./communities.ts";
import { groupCreation } from "./create.ts";
import { groupJoining } from "./joining.ts";
import { groupParticipants } from "./participants.ts";
import { groupProfile } from "./profile.ts";
import { groupQueries } from "./queries.ts";

/** Every request about groups and communities. */
export const groups: StanzaFamily = [
  ...communities,
  ...groupCreation,
  ...groupJoining,
  ...groupParticipants,
  ...groupProfile,
  ...groupQueries,
];
