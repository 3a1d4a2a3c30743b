import { writeFile } from "node:fs/promises";
import { useSqliteAuthState } from "@motte/auth-stores";
import { secretKey } from "@motte/auth-stores/encryption";
import { expect, test } from "vitest";
import { runMotte } from "../support/run-motte.ts";
import { soundAccount } from "../support/sick-account.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a store that is encrypted in part is read as far as the key goes, and what is plain or under another key is named, with what to do", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("in-part.db");
  const keys = { acme: "ab".repeat(32), beta: "cd".repeat(32), gamma: undefined };
  for (const [sessionId, key] of Object.entries(keys)) {
    const encryption = key === undefined ? {} : { encryption: { key: secretKey(key) } };
    await using auth = await useSqliteAuthState(file, { sessionId, ...encryption });
    await soundAccount(auth);
  }
  const store = `sqlite:${file}`;
  await writeFile(folder.file("acme-key"), keys.acme);
  const key = ["--key-file", folder.file("acme-key")];

  const { out, error, code } = await runMotte(["doctor", store, ...key]);
  expect(out.filter((line) => /^ {2}(acme|beta|gamma)/.test(line))).toEqual([
    "  acme: 7 records and creds read",
    expect.stringMatching(/^ {2}beta: .* under another key/),
    "  gamma: 7 records and creds read",
  ]);
  expect(out.join("\n")).toMatch(/not-encrypted: [^]*motte seal\s+"sqlite:[^"]*#gamma"/);
  expect(error).toEqual([expect.stringMatching(/: beta was not looked into: /)]);
  expect(code).toBe(3);
  const without = await runMotte(["doctor", store]);
  expect(without.out.join("\n")).toMatch(/gamma: 7[^]*not-encrypted: Other sessions/);

  const repair = await runMotte(["repair", store, ...key]);
  expect(repair.error).toEqual([expect.stringMatching(/^beta: .*under key/)]);
  const verify = await runMotte(["verify", `${store}#gamma`, ...key]);
  expect(verify.error).toEqual([expect.stringMatching(/not encrypted.*leave the key out/)]);
});
