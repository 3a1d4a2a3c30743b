import type { Account } from "../../world/account.ts";
import type { Newsletter } from "../../world/newsletter.ts";

/**
 * A newsletter as `viewer` sees it. Numbers are strings. Baileys (newsletter.js) reads the picture's id and the
 * viewer's mute without looking whether there are any.
 */
export function newsletterView(newsletter: Newsletter, viewer: Account): object {
  const { id, name, description, createdAt, invite, followers, pictureId, version } = newsletter;
  const update_time = String((createdAt + version) * 1_000_000);
  const picture = {
    id: String(pictureId),
    type: "IMAGE",
    direct_path: pictureId === 0 ? "" : `/newsletter/picture/${pictureId}`,
  };
  return {
    id,
    state: { type: "ACTIVE" },
    thread_metadata: {
      name: { id: String(version), text: name, update_time },
      description: { id: String(version), text: description, update_time },
      creation_time: String(createdAt),
      invite,
      handle: null,
      subscribers_count: String(followers.size),
      verification: "UNVERIFIED",
      picture,
      preview: { ...picture, type: "PREVIEW" },
      settings: { reaction_codes: { value: "ALL" } },
    },
    viewer_metadata: {
      mute: followers.get(viewer)?.muted ? "ON" : "OFF",
      role: newsletter.roleOf(viewer),
    },
  };
}
