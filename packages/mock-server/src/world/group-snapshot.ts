import type { GroupDeparturesSnapshot } from "./group-departures.ts";
import type { GroupDoorSnapshot } from "./group-door.ts";
import type { GroupMembersSnapshot } from "./group-members.ts";
import type { GroupDescription, GroupSubject, Written } from "./group-profile.ts";
import type { GroupSettings } from "./group-settings.ts";

/** A group as it is kept. People by phone number. */
export interface GroupSnapshot {
  readonly id: string;
  /** What its codes are drawn from. */
  readonly seed: string;
  readonly creator: string;
  readonly creation: number;
  readonly version: number;
  readonly subject: Written<GroupSubject>;
  readonly description?: Written<GroupDescription> | undefined;
  readonly settings: GroupSettings;
  readonly members: GroupMembersSnapshot;
  readonly departures: GroupDeparturesSnapshot;
  readonly door: GroupDoorSnapshot;
}
