import type { GroupDoorSnapshot } from "./group-door.ts";
import type { GroupMembershipSnapshot } from "./group-membership.ts";
import type { GroupDescription, GroupSubject, Written } from "./group-profile.ts";
import type { GroupSettings } from "./group-settings.ts";

/** A group as it is kept. People by phone number. */
export interface GroupSnapshot extends GroupMembershipSnapshot {
  readonly id: string;
  /** What its codes are drawn from. */
  readonly seed: string;
  readonly creator: string;
  readonly creation: number;
  readonly subject: Written<GroupSubject>;
  readonly description?: Written<GroupDescription> | undefined;
  readonly settings: GroupSettings;
  readonly door: GroupDoorSnapshot;
}
