import type { Login } from "../../session/login.ts";
import { iqError, iqResult, node } from "../../replies.ts";
import type { LoginRoute } from "../../routing/router.ts";
import { type BinaryNode, children, requiredAttr } from "../../wire/binary-node.ts";
import type { Account } from "../../world/account.ts";
import type { MemberOutcome, MemberOutcomes } from "../../world/group-outcomes.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import type { Group } from "../../world/group.ts";

/** A request about groups, and who makes it. */
export interface GroupRequest {
  readonly stanza: BinaryNode;
  /** The first child, which says what is asked for. */
  readonly asked: BinaryNode;
  readonly by: Account;
  readonly login: Login;
}

/** One kind of request: `answer` gives the content of the result, or throws a `GroupRefusal`, which becomes the error. */
export function groupRoute(
  type: "get" | "set",
  child: string,
  answer: (request: GroupRequest) => BinaryNode[] | undefined,
): LoginRoute {
  return {
    during: "login",
    tag: "iq",
    xmlns: "w:g2",
    type,
    child,
    handle(stanza, login) {
      login.send(reply(stanza, login, answer));
    },
  };
}

function reply(
  stanza: BinaryNode,
  login: Login,
  answer: (request: GroupRequest) => BinaryNode[] | undefined,
): BinaryNode {
  const [asked] = children(stanza);
  try {
    if (asked === undefined) throw new GroupRefusal(406, "The request asks for nothing");
    return iqResult(stanza, answer({ stanza, asked, by: login.account, login }));
  } catch (error) {
    if (!(error instanceof GroupRefusal)) throw error;
    return iqError(stanza, error.status, error.text);
  }
}

/** The group the request is sent to. */
export function addressedGroup({ stanza, login }: GroupRequest): Group {
  return knownGroup(requiredAttr(stanza, "to"), login);
}

/** Throws 404 for a JID that is no group's. */
export function knownGroup(jid: string, { context }: Login): Group {
  const group = context.world.groups.get(jid);
  if (group === undefined) throw new GroupRefusal(404, "There is no such group");
  return group;
}

/** The people named by number or LID in the children of a node; those nobody knows keep only their JID. */
export interface NamedPerson {
  readonly jid: string;
  readonly account: Account | undefined;
}

export function namedPeople(holder: BinaryNode, { context }: Login): readonly NamedPerson[] {
  return children(holder, "participant").map((each) => {
    const jid = requiredAttr(each, "jid");
    return { jid, account: context.world.resolve(jid)?.account };
  });
}

export function knownPeople(named: readonly NamedPerson[]): readonly Account[] {
  return named.flatMap(({ account }) => account ?? []);
}

/** A person as groups name it: by LID, with the number beside. */
export function personAttrs({ lid, pn }: Account): Record<string, string> {
  return { jid: lid, phone_number: pn };
}

/** One `<participant>` for each person named, in that order, with the error of those who were not granted it. */
export function outcomeNodes(
  named: readonly NamedPerson[],
  outcomes: MemberOutcomes,
): BinaryNode[] {
  return named.map(({ jid, account }) => {
    const outcome = account && outcomes.get(account);
    if (account === undefined || outcome === undefined) {
      return node("participant", { jid, error: "404" });
    }
    return outcomeNode(account, outcome);
  });
}

function outcomeNode(account: Account, { status, invitation, waiting }: MemberOutcome): BinaryNode {
  const error = status === 200 ? {} : { error: String(status) };
  const details: BinaryNode[] = [];
  if (invitation !== undefined) {
    const { code, expiration } = invitation;
    details.push(node("add_request", { code, expiration: String(expiration) }));
  }
  if (waiting) details.push(node("membership_approval_request", personAttrs(account)));
  return node(
    "participant",
    { ...personAttrs(account), ...error },
    details.length === 0 ? undefined : details,
  );
}
