// What is answered to a message of ours is encrypted with its secret, and with the names of both sides in some form.
import {
  aesEncryptGCM,
  decryptPollVote,
  hmacSign,
  proto,
  type BaileysEventMap,
} from "@whiskeysockets/baileys";
import { createHash, randomBytes } from "node:crypto";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type Contact } from "@motte/mock-server";
import { expect, test } from "vitest";
import { within } from "../../support/bot.ts";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

interface Seal {
  readonly purpose: "Poll Vote" | "Event Response";
  readonly secret: Uint8Array;
  readonly id: string;
  /** Who made what is answered, and who answers. */
  readonly creator: string;
  readonly author: string;
}

/** As WhatsApp encrypts an answer (Baileys process-message.js: decryptPollVote, decryptEventResponse). */
function sealed(
  content: Uint8Array,
  { purpose, secret, id, creator, author }: Seal,
): { encPayload: Buffer; encIv: Buffer } {
  const root = hmacSign(secret, new Uint8Array(32), "sha256");
  const names = Buffer.concat([Buffer.from(id + creator + author + purpose), Buffer.from([1])]);
  const encIv = randomBytes(12);
  const aad = Buffer.from(`${id}\u0000${author}`);
  return { encPayload: aesEncryptGCM(content, hmacSign(names, root, "sha256"), encIv, aad), encIv };
}

async function group() {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start());
  const folder = cleanup.use(await temporaryFolder());
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const chess = server.group({ subject: "Chess", members: [phone, ben] });
  const bot = cleanup.use(await boundBot(server, folder));
  const sock = await bot.link(phone);
  const heard: Partial<BaileysEventMap>[] = [];
  const looks = new Set<() => void>();
  bot.supervisor.ev.process((events) => {
    heard.push(events);
    for (const look of looks) look();
  });
  return {
    server,
    phone,
    ben,
    chess,
    bot,
    sock,
    /** The first of what the bot is told, now or later, that suits. */
    hears: <T>(what: string, find: (events: Partial<BaileysEventMap>) => T | undefined) =>
      within(
        what,
        new Promise<T>((resolve) => {
          const look = (): void => {
            for (const events of heard) {
              const found = find(events);
              if (found !== undefined) return resolve(found);
            }
          };
          looks.add(look);
          look();
        }),
      ),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

const option = (name: string): Buffer => createHash("sha256").update(name).digest();

test("votes on a poll are readable with what the store knows, whichever forms the voter's phone put in", async () => {
  await using set = await group();
  const { bot, sock, phone, ben, chess } = set;
  const poll = { name: "tea?", values: ["yes", "no"] };
  const sent = await sock.sendMessage(chess.jid, { poll });
  const id = sent?.key.id ?? "";
  const { message } = await ben.receive();
  const secret = message.messageContextInfo?.messageSecret ?? new Uint8Array();
  const forms = [phone.lid, phone.pn].flatMap((creator) =>
    [ben.lid, ben.pn].map((author) => ({ creator, author })),
  );

  for (const form of forms) {
    const content = { selectedOptions: [option("yes")] };
    const vote = sealed(proto.Message.PollVoteMessage.encode(content).finish(), {
      purpose: "Poll Vote",
      secret,
      id,
      ...form,
    });
    const pollCreationMessageKey = {
      remoteJid: chess.jid,
      fromMe: false,
      id,
      participant: phone.lid,
    };
    const { id: voteId } = await ben.send(chess, {
      pollUpdateMessage: { pollCreationMessageKey, vote, senderTimestampMs: 1 },
    });
    const { key, message: told } = await set.hears("The vote", (events) =>
      events["messages.upsert"]?.messages.find((one) => one.key.id === voteId && one.message),
    );

    // What a bot does with it: Baileys leaves votes encrypted.
    const update = told?.pollUpdateMessage;
    const secrets = bot.parts.messages.pollSecrets(update?.pollCreationMessageKey ?? {});
    const voters = [key.participant, key.participantAlt].filter((jid) => typeof jid === "string");
    expect(new Set(voters)).toEqual(new Set([ben.lid, ben.pn]));
    const readings = (secrets?.creator ?? []).flatMap((pollCreatorJid) =>
      voters.flatMap((voterJid) => {
        try {
          const pollEncKey = secrets?.secret ?? new Uint8Array();
          const context = { pollCreatorJid, pollMsgId: id, pollEncKey, voterJid };
          return [decryptPollVote(update?.vote ?? {}, context)];
        } catch {
          // Not this pair of forms: the code of the answer does not fit.
          return [];
        }
      }),
    );
    expect(readings).toHaveLength(1);
    expect(readings[0]?.selectedOptions?.map((hash) => Buffer.from(hash))).toEqual([option("yes")]);
  }
});

test.each(["a group", "a direct chat"])(
  "Baileys reads who comes to our event, whose key names it from the guest's side, in %s",
  async (where) => {
    await using set = await group();
    const { bot, sock, phone, ben, chess } = set;
    const inGroup = where === "a group";
    const event = { name: "tournament", startDate: new Date(2_000_000_000_000) };
    const sent = await sock.sendMessage(inGroup ? chess.jid : ben.pn, { event });
    const id = sent?.key.id ?? "";
    const { message } = await ben.receive();
    const { encResponse, key } = answerTo(id, message, { inGroup, phone, ben, chess: chess.jid });
    const answer = { encEventResponseMessage: { eventCreationMessageKey: key, ...encResponse } };
    await (inGroup ? ben.send(chess, answer) : ben.send(phone, answer));

    const responses = await set.hears(
      "The answer",
      (events) =>
        events["messages.update"]?.find(({ update }) => update.eventResponses)?.update
          .eventResponses,
    );

    expect(responses?.[0]).toMatchObject({ response: { response: GOING } });
    expect(bot.errors).toEqual([]);
  },
);

const { GOING } = proto.Message.EventResponseMessage.EventResponseType;

function answerTo(
  id: string,
  message: proto.IMessage,
  names: {
    readonly inGroup: boolean;
    readonly phone: { readonly pn: string; readonly lid: string };
    readonly ben: Contact;
    readonly chess: string;
  },
) {
  const { inGroup, phone, ben, chess } = names;
  const content = { response: GOING, timestampMs: 1 };
  const encResponse = sealed(proto.Message.EventResponseMessage.encode(content).finish(), {
    purpose: "Event Response",
    secret: message.messageContextInfo?.messageSecret ?? new Uint8Array(),
    id,
    // Baileys takes the number of who made it, and of who answers the form that the chat does not have (getKeyAuthor).
    creator: phone.pn,
    author: inGroup ? ben.pn : ben.lid,
  });
  const key = inGroup
    ? { remoteJid: chess, participant: phone.lid, fromMe: false, id }
    : { remoteJid: phone.pn, fromMe: false, id };
  return { encResponse, key };
}
