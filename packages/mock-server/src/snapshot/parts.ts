import type { ServerContext } from "../context.ts";
import type { StanzaIds } from "../seed/stanza-ids.ts";
import { accountsPart } from "./accounts.ts";
import type { FindAccount, SnapshotPart } from "./part.ts";

/** A part that is told how to find the people it names. */
interface NamingPart<T> {
  toSnapshot(): T;
  fromSnapshot(snapshot: T, who: FindAccount): void;
}

/** Every part of the world by name, in the order they are put back: whoever names people comes after them. */
export function snapshotParts(
  context: ServerContext,
  ids: StanzaIds,
): Readonly<Record<string, SnapshotPart<unknown>>> {
  const { world } = context;
  const naming = <T>(part: NamingPart<T>): SnapshotPart<T> => ({
    toSnapshot: () => part.toSnapshot(),
    fromSnapshot: (snapshot) => part.fromSnapshot(snapshot, world.account),
  });
  return {
    ids,
    random: context.random,
    clock: context.clock,
    props: context.props,
    media: context.media,
    partialUploads: context.partialUploads,
    mediaAccess: context.mediaAccess,
    pictures: context.pictures,
    people: world,
    devices: naming(context.people),
    accounts: accountsPart(context),
    groups: naming(world.groups),
    newsletters: naming(world.newsletters),
    trustedContacts: naming(world.trustedContacts),
    chatStates: naming(context.chatStates),
    pairing: context.desk,
  };
}
