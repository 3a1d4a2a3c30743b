import type { Address } from "./address.ts";
import type { MessageFact } from "./message-facts.ts";
import { type MessageIdentity, type MessageRow, matchRow, originRank } from "./message-row.ts";
import { LONGEST_AGE_MS, WAITING_LIFE_MS } from "./retention.ts";

/** What becomes of a row: `before` is missing for a new one. */
export interface RowChange<Row extends MessageRow> {
  readonly before: Row | undefined;
  readonly after: MessageRow;
}

export interface FoldRules {
  readonly nowMs: number;
  /** Whether the chat was deleted, or the sender's data erased, after that moment. */
  readonly isErasedSince: (about: MessageIdentity, sentAtMs: number) => boolean;
  /** Whether somebody is an admin of a group; `undefined` when that is not known. */
  readonly isGroupAdmin: (group: string, user: Address) => boolean | undefined;
}

// More than one admin revoking one message is a race, not a crowd.
const MAX_CLAIMS = 8;

/**
 * What one fact makes of the rows of its id and direction. Facts commute, and a fact that is known already changes
 * nothing, so the same rows delivered again are not written again.
 */
export function foldFact<Row extends MessageRow>(
  rows: readonly Row[],
  fact: MessageFact,
  rules: FoldRules,
): readonly RowChange<Row>[] {
  switch (fact.kind) {
    case "body":
      return foldBody(rows, fact, rules);
    case "edit":
      return foldEdit(rows, fact, rules);
    case "erase":
      return foldErase(rows, fact, rules);
    case "claim":
      return foldClaim(rows, fact, rules);
    case "status":
      return foldStatus(rows, fact, rules);
  }
}

/** True when somebody who says that the message is revoked is now known to be an admin of its group. */
export function isRevokedByAdmin(
  row: Pick<MessageRow, "claims" | "chat">,
  { isGroupAdmin }: Pick<FoldRules, "isGroupAdmin">,
): boolean {
  return row.claims.some((by) => isGroupAdmin(row.chat.jid, by) === true);
}

/** The row of a message that is gone for good: nothing of its content, and kept until no copy can come any more. */
export function erasedRow(row: MessageRow, nowMs: number): MessageRow {
  return {
    ...row,
    erased: true,
    body: undefined,
    editBody: undefined,
    editedAtMs: undefined,
    keyJson: undefined,
    claims: [],
    expiresAtMs: Math.max(row.expiresAtMs, nowMs + LONGEST_AGE_MS),
    waitingFor: undefined,
  };
}

function foldBody<Row extends MessageRow>(
  rows: readonly Row[],
  fact: MessageFact & { kind: "body" },
  rules: FoldRules,
): readonly RowChange<Row>[] {
  const { about, atMs, expiresAtMs, origin } = fact;
  const row =
    rows.find((candidate) => matchRow(candidate, about) === "same") ??
    // An own revoke or edit that came first, under the other form of the same chat.
    rows.find((candidate) => !candidate.body && isUnlinkedOwn(candidate, about));
  if (row?.erased) {
    // The revoke was right to wait; its mark now lasts as long as any copy can.
    return row.waitingFor === undefined ? [] : [change(row, erasedRow(row, rules.nowMs))];
  }
  if (expiresAtMs <= rules.nowMs || rules.isErasedSince(about, atMs)) return [];
  // Most facts are a body nobody said anything about before.
  if (row === undefined) return [created(newRow(fact))];
  if (row.body === undefined) {
    const filled: MessageRow = {
      ...newRow(fact),
      ...withForms(row, about),
      status: Math.max(row.status, fact.status),
      editedAtMs: row.editedAtMs,
      editBody: row.editBody,
      claims: row.claims,
    };
    const isRevoked = isRevokedByAdmin(filled, rules);
    return [change(row, isRevoked ? erasedRow(filled, rules.nowMs) : filled)];
  }
  // The first body stays: what was sent under an id does not change because the id comes again.
  const { chat, sender } = withForms(row, about);
  const status = Math.max(row.status, fact.status);
  const more = originRank(origin) > originRank(row.origin) ? origin : row.origin;
  const isKnown =
    chat === row.chat && sender === row.sender && status === row.status && more === row.origin;
  return isKnown ? [] : [change(row, { ...row, chat, sender, status, origin: more })];
}

function foldEdit<Row extends MessageRow>(
  rows: readonly Row[],
  { about, atMs, body, mayWait }: MessageFact & { kind: "edit" },
  { nowMs }: FoldRules,
): readonly RowChange<Row>[] {
  const known = amended(rows, about);
  if (known.length === 0) {
    if (!mayWait) return [];
    const waiting = waitingRow(about, Math.min(atMs, nowMs), nowMs, about);
    return [created({ ...waiting, editedAtMs: atMs, editBody: body })];
  }
  return known
    .filter((row) => !row.erased && isNewerEdit(row, atMs, body))
    .map((row) => change(row, { ...row, editedAtMs: atMs, editBody: body }));
}

function foldErase<Row extends MessageRow>(
  rows: readonly Row[],
  { about, atMs }: MessageFact & { kind: "erase" },
  { nowMs }: FoldRules,
): readonly RowChange<Row>[] {
  const known = amended(rows, about);
  if (known.length === 0) {
    const waiting = waitingRow(about, Math.min(atMs, nowMs), nowMs, about);
    const mark = erasedRow(waiting, nowMs);
    const { waitingFor, expiresAtMs } = waiting;
    return [created(waitingFor === undefined ? mark : { ...mark, waitingFor, expiresAtMs })];
  }
  return known.filter((row) => !row.erased).map((row) => change(row, erasedOf(row, about, nowMs)));
}

function foldClaim<Row extends MessageRow>(
  rows: readonly Row[],
  fact: MessageFact & { kind: "claim" },
  rules: FoldRules,
): readonly RowChange<Row>[] {
  const { about, by, atMs } = fact;
  const { nowMs } = rules;
  const isAdmin = rules.isGroupAdmin(about.chat.jid, by);
  if (isAdmin === false) return [];
  const known = rows.filter((row) => matchRow(row, about) === "same");
  if (known.length === 0) {
    const waiting = waitingRow(about, Math.min(atMs, nowMs), nowMs, { ...about, sender: by });
    return [created({ ...waiting, claims: [by], waitingFor: by.jid })];
  }
  return known
    .filter((row) => !row.erased)
    .flatMap((row) => {
      if (isAdmin && row.body !== undefined) return [change(row, erasedRow(row, nowMs))];
      const isKnown = row.claims.some(({ jid }) => jid === by.jid);
      if (isKnown || row.claims.length >= MAX_CLAIMS) return [];
      return [change(row, { ...row, claims: [...row.claims, by] })];
    });
}

function foldStatus<Row extends MessageRow>(
  rows: readonly Row[],
  { about, status, atMs }: MessageFact & { kind: "status" },
  { nowMs }: FoldRules,
): readonly RowChange<Row>[] {
  const known = amended(rows, about);
  if (known.length === 0) {
    const waiting = waitingRow(about, Math.min(atMs, nowMs), nowMs, { ...about, fromMe: false });
    return [created({ ...waiting, status })];
  }
  return known
    .filter((row) => !row.erased && row.status < status)
    .map((row) => change(row, { ...row, status }));
}

/** The rows an edit or a revoke reaches. Our own also reaches the chat's other form when nothing links them. */
function amended<Row extends MessageRow>(
  rows: readonly Row[],
  about: MessageIdentity,
): readonly Row[] {
  return rows.filter((row) => matchRow(row, about) === "same" || isUnlinkedOwn(row, about));
}

/** An own message's row under the chat's other form, when nothing links the two; not one that others' words made. */
function isUnlinkedOwn(row: MessageRow, about: MessageIdentity): boolean {
  return about.fromMe && row.waitingFor === undefined && matchRow(row, about) === "unknown";
}

// A mark that waits keeps waiting when only others' words came so far: it must not outlive their bounds.
function erasedOf(row: MessageRow, about: MessageIdentity, nowMs: number): MessageRow {
  const mark = erasedRow(row, nowMs);
  const { waitingFor, expiresAtMs } = row;
  return waitingFor === undefined || about.fromMe ? mark : { ...mark, waitingFor, expiresAtMs };
}

/** A row for what is said of a message before the message: short-lived and bounded if somebody else says it. */
function waitingRow(
  about: MessageIdentity,
  sentAtMs: number,
  nowMs: number,
  author: MessageIdentity,
): MessageRow {
  const isTrusted = author.fromMe;
  const blank = blankRow(about, sentAtMs, nowMs + (isTrusted ? LONGEST_AGE_MS : WAITING_LIFE_MS));
  return isTrusted ? blank : { ...blank, waitingFor: (author.sender ?? author.chat).jid };
}

function newRow(fact: MessageFact & { kind: "body" }): MessageRow {
  const { id, fromMe, chat, sender } = fact.about;
  return {
    id,
    fromMe,
    chat,
    sender,
    origin: fact.origin,
    kind: fact.messageKind,
    sentAtMs: fact.atMs,
    erased: false,
    expiresAtMs: fact.expiresAtMs,
    status: fact.status,
    keyJson: fact.keyJson,
    body: fact.body,
    editedAtMs: undefined,
    editBody: undefined,
    claims: [],
    waitingFor: undefined,
  };
}

function blankRow(about: MessageIdentity, sentAtMs: number, expiresAtMs: number): MessageRow {
  return {
    ...about,
    origin: "inbound",
    kind: "other",
    sentAtMs,
    erased: false,
    expiresAtMs,
    status: 0,
    keyJson: undefined,
    body: undefined,
    editedAtMs: undefined,
    editBody: undefined,
    claims: [],
    waitingFor: undefined,
  };
}

function isNewerEdit(
  { editedAtMs, editBody }: MessageRow,
  atMs: number,
  body: Uint8Array,
): boolean {
  if (editedAtMs === undefined || editBody === undefined) return true;
  // The bytes settle a tie, so that the order of arrival does not.
  return editedAtMs < atMs || (editedAtMs === atMs && Buffer.compare(editBody, body) < 0);
}

/** The row's addresses, with the other form where only the new word has it. */
function withForms(row: MessageRow, about: MessageIdentity): Pick<MessageRow, "chat" | "sender"> {
  return {
    chat: bothForms(row.chat, about.chat),
    sender: row.sender && about.sender ? bothForms(row.sender, about.sender) : row.sender,
  };
}

function bothForms(known: Address, told: Address): Address {
  if (known.alt !== undefined) return known;
  const alt = known.jid === told.jid ? told.alt : told.jid;
  return alt === undefined ? known : { jid: known.jid, alt };
}

function change<Row extends MessageRow>(
  before: Row | undefined,
  after: MessageRow,
): RowChange<Row> {
  return { before, after };
}

function created(after: MessageRow): RowChange<never> {
  return { before: undefined, after };
}
