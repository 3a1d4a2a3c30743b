import type { Account } from "./account.ts";
import type { Group } from "./group.ts";
import type { GroupSettings } from "./group-settings.ts";

/** How somebody came in; absent when added by a member. */
export type JoinReason = "invite" | "linked_group_join";

/** How a wish to join came about. */
export type RequestMethod = "invite_link" | "linked_group_join" | "non_admin_add";

export type UnlinkReason = "unlink_group" | "delete_parent";

/** One thing that happened in a group. */
export type GroupChange =
  | { readonly kind: "created" }
  | { readonly kind: "added"; readonly who: readonly Account[]; readonly reason?: JoinReason }
  /** Removed by an admin, or left when `by` is the one who goes. */
  | { readonly kind: "removed"; readonly who: readonly Account[] }
  | { readonly kind: "promoted" | "demoted"; readonly who: readonly Account[] }
  | { readonly kind: "subject" | "description" | "invite-link" }
  | { readonly kind: "setting"; readonly name: keyof GroupSettings }
  | {
      readonly kind: "join-requested";
      readonly who: readonly Account[];
      readonly method: RequestMethod;
    }
  /** Rejected by an admin, or taken back when `by` is the one who asked. */
  | { readonly kind: "join-request-dropped"; readonly who: readonly Account[] }
  /** `other` is the community when this is the group in it, and the group when this is the community. */
  | { readonly kind: "linked"; readonly other: Group }
  | { readonly kind: "unlinked"; readonly other: Group; readonly reason: UnlinkReason }
  | { readonly kind: "deleted"; readonly who: readonly Account[] };

/** What happened, where, and who did it; nobody when the server did. */
export interface GroupNews {
  readonly group: Group;
  readonly by: Account | undefined;
  readonly change: GroupChange;
}
