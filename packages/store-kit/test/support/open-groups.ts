import {
  type BinaryNode,
  type GroupMetadata,
  type GroupParticipant,
  type ParticipantAction,
  assertNodeErrorFree,
} from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import {
  type GroupEvents,
  type GroupMetadataCache,
  type GroupMetadataCacheOptions,
  type Identities,
  createIdentities,
  groupMetadataCache,
} from "@motte/store-kit";
import { ME } from "./baileys-events.ts";
import { GROUP, GroundTruth, member } from "./groups.ts";

export const NOW_MS: number = Date.UTC(2026, 0, 10);
export const NOW_SECONDS: number = NOW_MS / 1000;

export interface Opened {
  readonly groups: GroupMetadataCache;
  readonly ids: Identities;
  readonly clock: ManualClock;
  readonly errors: string[];
  /** The groups asked of the server. */
  readonly fetched: string[];
}

export function open(
  fetch: (jid: string) => Promise<GroupMetadata>,
  options: Partial<GroupMetadataCacheOptions> = {},
): Opened {
  const clock = new ManualClock(NOW_MS);
  const ids = createIdentities({ me: ME, clock });
  const [errors, fetched]: [string[], string[]] = [[], []];
  const groups = groupMetadataCache({
    identities: ids,
    fetch: (jid) => {
      fetched.push(jid);
      return fetch(jid);
    },
    clock,
    onError: (error) => void errors.push("code" in error ? String(error.code) : error.message),
    ...options,
  });
  return { groups, ids, clock, errors, fetched };
}

/** One that holds the group with the first members already. */
export async function holding(
  count: number,
  rest: Partial<GroupMetadata> = {},
): Promise<Opened & { readonly truth: GroundTruth }> {
  const truth = new GroundTruth(Array.from({ length: count }, (_, n) => member(n + 1)));
  const opened = open(async () => ({ ...truth.snapshot(), ...rest }));
  await opened.groups.cachedGroupMetadata(GROUP);
  // Another question may be asked at once.
  await opened.clock.advance(1000);
  opened.fetched.length = 0;
  return { ...opened, truth };
}

/** A change of members, as an event. */
export function change(
  action: ParticipantAction,
  ...participants: readonly Partial<GroupParticipant>[]
): GroupEvents {
  const event = { id: GROUP, author: "9@lid", action, participants };
  return {
    "group-participants.update": event as GroupEvents["group-participants.update"] & object,
  };
}

/** The error that Baileys makes of the server's answer. */
export function refusal(
  code: number,
  read: (node: BinaryNode) => unknown = assertNodeErrorFree,
): Error {
  const error = { tag: "error", attrs: { code: `${code}`, text: "no" } };
  try {
    read({ tag: "iq", attrs: {}, content: [error] });
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error("Baileys takes this for an answer");
}

export function idsOf(group: GroupMetadata | undefined): readonly string[] | undefined {
  return group?.participants.map(({ id }) => id);
}
