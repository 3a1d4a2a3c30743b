import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuthStateHandle, useSqliteAuthState } from "@motte/auth-stores";
import { expect, test } from "vitest";

test("a session survives closing and opening again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-auth-"));
  const file = join(folder, "auth.db");
  let handle: AuthStateHandle = await useSqliteAuthState(file);
  const { registrationId } = handle.state.creds;
  handle.state.creds.me = { id: "1@s.whatsapp.net" };
  const saved = handle.saveCreds();
  await handle.state.keys.set({ "device-list": { "1": ["0", "3"] } });
  await saved;
  await handle.close();

  expect((await stat(file)).mode & 0o777).toBe(0o600);
  handle = await useSqliteAuthState(file, { create: "never" });

  expect(handle.state.creds.registrationId).toBe(registrationId);
  expect(handle.state.creds.me).toEqual({ id: "1@s.whatsapp.net" });
  expect({ ...(await handle.state.keys.get("device-list", ["1", "2"])) }).toEqual({
    "1": ["0", "3"],
    "2": null,
  });
  await handle.close();
  await rm(folder, { recursive: true });
});
