import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import { GroupRefusal } from "./group-refusal.ts";

export interface GroupSubject {
  readonly text: string;
  readonly by: Account;
  /** Seconds since the epoch. */
  readonly at: number;
}

export interface GroupDescription extends GroupSubject {
  /** Made by who wrote it; the next change has to name it. */
  readonly id: string;
}

/** A subject or a description, with its author by phone number. */
export type Written<T extends GroupSubject> = Omit<T, "by"> & { readonly by: string };

export function written<T extends GroupSubject>(text: T): Written<T> {
  return { ...text, by: text.by.phoneNumber };
}

export function readBack(text: Written<GroupDescription>, who: FindAccount): GroupDescription;
export function readBack(text: Written<GroupSubject>, who: FindAccount): GroupSubject;
export function readBack(
  text: Written<GroupSubject | GroupDescription>,
  who: FindAccount,
): GroupSubject {
  return { ...text, by: who(text.by) };
}

/** A new description, or none when there is no text. */
export interface DescriptionChange {
  readonly id: string;
  readonly text: string | undefined;
  /** The id of the description it replaces, as far as the writer knows. */
  readonly prev: string | undefined;
}

const MAX_SUBJECT = 100;
const MAX_DESCRIPTION = 2048;

/** The subject as it is kept. Throws 406 for one that is empty or longer than 100 characters. */
export function checkedSubject(text: string): string {
  if (text === "" || Array.from(text).length > MAX_SUBJECT) {
    throw new GroupRefusal(406, `A subject has 1 to ${MAX_SUBJECT} characters`);
  }
  return text;
}

/** Throws 409 when somebody else was faster, and 406 when the text is too long. */
export function checkDescription(
  { text, prev }: DescriptionChange,
  current: GroupDescription | undefined,
): void {
  if (prev !== current?.id) {
    throw new GroupRefusal(409, "The description was changed since it was read");
  }
  if (text !== undefined && Array.from(text).length > MAX_DESCRIPTION) {
    throw new GroupRefusal(406, `A description has at most ${MAX_DESCRIPTION} characters`);
  }
}
