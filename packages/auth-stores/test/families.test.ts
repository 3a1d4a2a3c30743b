import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { SignalDataTypeMap } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { families } from "./support/arbitraries.ts";

// A family that Baileys adds or drops makes this fail to compile, and the test below fail to pass: look at the shape
// of its values (codec/value-shape.ts) and whether it can be renegotiated when it is lost.
const known: Readonly<Record<keyof SignalDataTypeMap, true>> = {
  "pre-key": true,
  session: true,
  "sender-key": true,
  "sender-key-memory": true,
  "app-state-sync-key": true,
  "app-state-sync-version": true,
  "lid-mapping": true,
  "device-list": true,
  tctoken: true,
  "identity-key": true,
};

test("the record families of the installed Baileys are the ones whose values are known here", async () => {
  const entry = createRequire(import.meta.url).resolve("@whiskeysockets/baileys");
  const types = await readFile(join(dirname(entry), "Types/Auth.d.ts"), "utf8");
  const map = /type SignalDataTypeMap = \{\n([\s\S]*?)\n\};/.exec(types)?.[1] ?? "";
  const declared = [...map.matchAll(/^ {4}'?([\w-]+)'?:/gm)].map(([, name]) => name);

  expect(declared.toSorted()).toEqual(Object.keys(known).toSorted());
});

test("every family that is known is put through the round trips", () => {
  expect(Object.keys(families)).toEqual(expect.arrayContaining(Object.keys(known)));
});
