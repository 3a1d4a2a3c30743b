import type { AdminParts, AdminSession } from "../parts.ts";
import { type GroupForm, groupForm, groupFormOf } from "../forms/groups.ts";
import { type PersonForm, personForm, personFormOf } from "../forms/people.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { allGroups } from "../../phone/group-making.ts";
import type { ConnectionState } from "../../connection/connection.ts";
import type { Account } from "../../world/account.ts";
import type { Companion } from "../../world/companion.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { list, object, optional } from "../schema/shapes.ts";
import { choice, flag, integer, text } from "../schema/values.ts";

interface CompanionForm {
  readonly device: number;
  readonly deviceJid: string;
  readonly deviceLid: string;
  readonly connected: boolean;
  readonly connection?: string;
  readonly queued: number;
}

interface AccountForm extends PersonForm {
  readonly companions: readonly CompanionForm[];
}

interface ConnectionForm {
  readonly id: string;
  readonly state: ConnectionState;
  readonly device?: string;
  readonly pushName?: string;
  readonly version?: string;
}

interface UnhandledForm {
  readonly tag: string;
  readonly xmlns?: string;
  readonly type?: string;
  readonly child?: string;
  readonly times: number;
}

interface StateForm {
  readonly url: string;
  readonly seed: string;
  readonly accounts: readonly AccountForm[];
  readonly contacts: readonly PersonForm[];
  readonly groups: readonly GroupForm[];
  readonly connections: readonly ConnectionForm[];
  readonly journal: { readonly sequence: number; readonly unhandled: number };
  readonly unhandled: readonly UnhandledForm[];
}

// More than one server has: these lists are answers, and the bound only says that there is one.
const MANY = { max: 1_000_000 };

const companionForm: Schema<CompanionForm> = named(
  "Companion",
  object<CompanionForm>({
    device: integer({ min: 1 }),
    deviceJid: text(),
    deviceLid: text(),
    connected: flag(),
    connection: optional(described(text(), "The id of its connection")),
    queued: described(integer({ min: 0 }), "Stanzas it has not confirmed yet"),
  }),
);

const accountForm: Schema<AccountForm> = named(
  "Account",
  object<AccountForm>({
    name: text(),
    phoneNumber: text(),
    pn: text(),
    lid: text(),
    companions: list(companionForm, MANY),
  }),
);

const connectionForm: Schema<ConnectionForm> = named(
  "Connection",
  object<ConnectionForm>({
    id: text(),
    state: choice(["handshake", "pairing", "open", "closed"]),
    device: optional(described(text(), "The device JID, once it is logged in")),
    pushName: optional(text({ minLength: 0 })),
    version: optional(described(text(), "Of WhatsApp Web, as the client says")),
  }),
);

const unhandledForm: Schema<UnhandledForm> = named(
  "UnhandledStanza",
  object<UnhandledForm>({
    tag: text(),
    xmlns: optional(text()),
    type: optional(text()),
    child: optional(text()),
    times: integer({ min: 1 }),
  }),
);

/** Who exists, who is linked, and who is connected. */
export const state: readonly Operation[] = [
  jsonOperation({
    method: "GET",
    path: "/admin/state",
    id: "state",
    tag: "server",
    summary: "Everybody there is, every group, and who is connected",
    notes: "Phone numbers and names are shown: they are those of the test's own world.",
    answer: object<StateForm>({
      url: text(),
      seed: text(),
      accounts: described(list(accountForm, MANY), "Everybody, contacts too"),
      contacts: list(personForm, MANY),
      groups: list(groupForm, MANY),
      connections: list(connectionForm, MANY),
      journal: object<StateForm["journal"]>({
        sequence: described(integer({ min: 0 }), "The number of the last stanza"),
        unhandled: integer({ min: 0 }),
      }),
      unhandled: described(list(unhandledForm, MANY), "Stanzas that no handler knew"),
    }),
    run: (_, parts) => stateOf(parts),
  }),
];

function stateOf(parts: AdminParts): StateForm {
  const { world, people, journal, endpoint, unhandled } = parts.context;
  return {
    url: endpoint.url("ws", "/ws/chat"),
    seed: parts.seed,
    accounts: world.accounts.map((account) => accountFormOf(parts, account)),
    contacts: people.contacts.map(personFormOf),
    groups: allGroups(parts.context).map(groupFormOf),
    connections: parts.sessions().map(connectionFormOf),
    journal: {
      sequence: journal.entries.at(-1)?.sequence ?? 0,
      unhandled: journal.unhandled.length,
    },
    unhandled: unhandled.list.map(({ tag, times, xmlns, type, child }) => ({
      tag,
      times,
      ...(xmlns === undefined ? {} : { xmlns }),
      ...(type === undefined ? {} : { type }),
      ...(child === undefined ? {} : { child }),
    })),
  };
}

function accountFormOf(parts: AdminParts, account: Account): AccountForm {
  return {
    ...personFormOf(account),
    companions: account.companions.map((companion) => companionFormOf(parts, companion)),
  };
}

function companionFormOf({ context }: AdminParts, companion: Companion): CompanionForm {
  const login = context.logins.get(companion);
  return {
    device: companion.device,
    deviceJid: companion.pn,
    deviceLid: companion.lid,
    connected: login !== undefined,
    ...(login === undefined ? {} : { connection: login.connection.id }),
    queued: companion.mailbox.waiting.length,
  };
}

function connectionFormOf({ handle, connection }: AdminSession): ConnectionForm {
  const { id, client } = handle;
  const device = connection.companion?.pn;
  return {
    id,
    state: handle.state,
    ...(device === undefined ? {} : { device }),
    ...(client?.pushName === undefined ? {} : { pushName: client.pushName }),
    ...(client === undefined ? {} : { version: client.version.join(".") }),
  };
}
